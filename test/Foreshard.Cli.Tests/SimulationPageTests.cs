using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Html;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Tests;

/// <summary>The page that <c>--html</c> writes: what is on it, and that any browser can show it without a network.</summary>
public sealed partial class SimulationPageTests
{
    private const string Markup = "Fish & <b>\"Chips\"</b> <script>alert(1)</script>";

    [Fact]
    public void A_page_is_well_formed_and_needs_nothing_else()
    {
        var page = Write(MadeUpRun.Of(4, ["a", "b"]));
        var document = XDocument.Parse(page);

        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("script", document.Descendants().Select(element => element.Name.LocalName));
        Assert.DoesNotContain(document.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href");
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.DoesNotContain("&gt;", document.Descendants("style").Single().ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain('∞', page);
    }

    [Fact]
    public void Elements_that_HTML_does_not_end_by_a_slash_have_an_end_tag()
    {
        var page = Write(MadeUpRun.Of(4, ["a"]));

        Assert.All(SelfClosed().Matches(page).Select(tag => tag.Groups[1].Value), name => Assert.True(name is "meta" or "path" or "rect", name));
    }

    [Fact]
    public void Classes_of_drawings_are_styled()
    {
        var document = XDocument.Parse(Write(MadeUpRun.Of(4, ["a", "b"])));
        var style = document.Descendants("style").Single().Value;

        var classes = document.Descendants().Attributes("class").SelectMany(attribute => attribute.Value.Split(' ')).ToHashSet();

        Assert.Contains("demand", classes);
        Assert.All(classes.Except(["scale"]), name => Assert.Contains($".{name}", style, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_escaped_everywhere_and_what_no_document_may_hold_is_replaced()
    {
        var page = Write(MadeUpRun.Of(2, [Markup, "bell\u0007\uFFFE\uD83D\uDE00"]), source: $"{Markup}.csv");

        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        var document = XDocument.Parse(page);
        Assert.Contains(document.Descendants("title"), title => title.Value.StartsWith($"customer/{Markup}: ", StringComparison.Ordinal));
        Assert.Contains(document.Descendants("text"), text => text.Value == "customer/bell\uFFFD\uFFFD\uD83D\uDE00");
    }

    [Fact]
    public void The_headline_is_the_verdict_and_the_table_has_all_policies()
    {
        var result = MadeUpRun.Of(4, ["a"]);
        var document = XDocument.Parse(Write(result));

        Assert.Equal(
            "Predictive: 12 overloaded partition-minutes, 96 % fewer than the 310 of the reactive policy, moving 80.0 GB, about as much.",
            document.Descendants("h1").Single().Value);
        var rows = document.Descendants("table").First().Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToList()).ToList();
        Assert.Equal(["policy", "overloaded min", "late", "p99", "moved", "moves", "splits", "merges", "peak"], rows[0].Take(9));
        Assert.Equal(["static", "reactive", "predictive", "oracle"], rows.Skip(1).Select(row => row[0]));
        Assert.Equal(["900", "310", "12", "0"], rows.Skip(1).Select(row => row[1]));
        Assert.Equal("0", document.Descendants("table").First().Descendants("span").First().Value);
    }

    [Fact]
    public void Each_partition_is_drawn_for_reactive_and_predictive_side_by_side()
    {
        var document = XDocument.Parse(Write(MadeUpRun.Of(4, ["a"])));

        var panels = document.Descendants("div").Single(div => (string?)div.Attribute("class") == "pairs").Elements("figure").ToList();

        Assert.Equal(8, panels.Count);
        var names = panels.Select(panel => panel.Descendants("text").Single(text => (string)text.Attribute("class")! == "start name").Value);
        Assert.Equal(["reactive: partition 1", "predictive: partition 1", "reactive: partition 2", "predictive: partition 2"], names.Take(4));
        Assert.All(panels, panel => Assert.Single(panel.Descendants("path"), path => (string)path.Attribute("class")! == "capacity"));
        Assert.DoesNotContain(panels[0].Descendants("path"), path => (string)path.Attribute("class")! == "band");
        Assert.NotEmpty(OutlineOf(panels[1], "band"));
        Assert.NotEmpty(OutlineOf(panels[0], "above"));
        Assert.Empty(OutlineOf(panels[1], "above"));
        Assert.Contains("above it for 30 h", panels[0].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_partition_that_slept_is_a_gap()
    {
        var document = XDocument.Parse(Write(MadeUpRun.Of(4, ["a"])));

        var panels = document.Descendants("figure").ToList();

        Assert.Single(OutlineOf(panels[0], "demand"), letter => letter == 'M');
        Assert.Equal(2, OutlineOf(panels[6], "demand").Count(letter => letter == 'M'));
    }

    [Fact]
    public void Large_fleets_show_their_busiest_partitions()
    {
        var document = XDocument.Parse(Write(MadeUpRun.Of(40, ["a"])));

        Assert.Equal(48, document.Descendants("div").Single(div => (string?)div.Attribute("class") == "pairs").Elements("figure").Count());
        Assert.Contains(document.Descendants("p"), text => text.Value.Contains("Of 40 partitions the 24 with the highest peaks", StringComparison.Ordinal));
    }

    [Fact]
    public void Moves_have_both_ends_and_tips_and_a_table_with_reasons()
    {
        var result = MadeUpRun.Of(3, ["a", "b"]);
        var document = XDocument.Parse(Write(result));
        var steps = result.Policies[1].Steps;
        var moves = steps.Count(step => step.From != step.To);

        var drawing = document.Descendants("svg").First(svg => (string?)svg.Attribute("aria-label") == "Moves and splits over time");

        Assert.Equal(moves, drawing.Elements("rect").Count(bar => (string)bar.Attribute("class")! == "out"));
        Assert.Equal(moves, drawing.Elements("rect").Count(bar => (string)bar.Attribute("class")! == "in"));
        Assert.Equal(steps.Count - moves, drawing.Elements("path").Count(path => (string)path.Attribute("class")! == "reunit"));
        Assert.Contains(steps[0].Because, drawing.Value, StringComparison.Ordinal);
        var table = document.Descendants("details").First().Descendants("tbody").Single();
        Assert.Equal(steps.Select(step => step.Because), table.Elements("tr").Select(row => row.Elements().Last().Value));
    }

    [Fact]
    public void The_grid_is_coloured_by_what_foresight_gains()
    {
        var document = XDocument.Parse(Write(MadeUpRun.Of(3, ["a"])));

        var rows = document.Descendants("table").Single(table => (string?)table.Attribute("class") == "grid").Element("tbody")!.Elements("tr").ToList();

        Assert.Equal(["1 min", "5 min", "30 min"], rows.Select(row => row.Element("th")!.Value));
        Assert.All(rows, row => Assert.Equal(["bad", "better", "better"], row.Elements("td").Select(cell => (string?)cell.Attribute("class"))));
        Assert.Equal("predictive 10reactive 310, oracle 5.0", rows[1].Elements("td").ElementAt(1).Value);
    }

    [Fact]
    public void Coordinates_stay_inside_their_drawing()
    {
        var document = XDocument.Parse(Write(MadeUpRun.Of(4, ["a", "a name that is much too long to be written beside a map of heat"])));

        foreach (var drawing in document.Descendants("svg"))
        {
            var box = ((string)drawing.Attribute("viewBox")!).Split(' ').Select(Number).ToList();
            foreach (var rectangle in drawing.Elements("rect"))
            {
                Assert.InRange(Number((string)rectangle.Attribute("x")!), 0, box[2]);
                Assert.InRange(Number((string)rectangle.Attribute("x")!) + Number((string)rectangle.Attribute("width")!), 0, box[2] + 0.2);
                Assert.InRange(Number((string)rectangle.Attribute("y")!) + Number((string)rectangle.Attribute("height")!), 0, box[3] + 0.2);
            }
        }
    }

    [Fact]
    public void What_was_not_run_is_not_on_the_page()
    {
        var result = MadeUpRun.Of(2, ["a"]);
        var document = XDocument.Parse(Write(result with { Policies = [result.Policies[0]], Grid = [] }));

        Assert.DoesNotContain("Other bandwidths and intervals", document.Descendants("h2").Select(title => title.Value));
        Assert.Equal("Static: 900 overloaded partition-minutes.", document.Descendants("h1").Single().Value);
    }

    [Fact]
    public void The_same_result_gives_the_same_page() =>
        Assert.Equal(Write(MadeUpRun.Of(3, ["a", "b"])), Write(MadeUpRun.Of(3, ["a", "b"])));

    private static string Write(SimulationResult result, string source = "access.csv") => SimulationPage.Write(
        result, SimulationReport.Of(result, source, scale: 1, isCapacityGiven: true, new LinesReport(10, 10, null, [])));

    private static string OutlineOf(XElement figure, string style) =>
        (string)figure.Descendants("path").Single(path => (string)path.Attribute("class")! == style).Attribute("d")!;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("<([a-z]+)(?: [^<>]*)?/>")]
    private static partial Regex SelfClosed();
}
