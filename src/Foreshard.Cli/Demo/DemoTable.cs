using System.Globalization;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Html;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Demo;

/// <summary>The comparison of policies, on the screen and on the page.</summary>
internal static class DemoTable
{
    private static readonly (string Heading, Func<DemoPolicyReport, string> Cell, string Help)[] Columns =
    [
        ("policy", one => one.Policy, "Who decides about placement"),
        (
            ">overloaded",
            Minutes,
            "Fleet time, over all partitions, in which more was asked than there was"),
        (">p50", one => Milliseconds(one.P50Ms), "Half of the answers were faster; real time, from when an access should have begun"),
        (">p99", one => Milliseconds(one.P99Ms), "99 % of the answers were faster"),
        (">p99, calm", one => Milliseconds(one.CalmP99Ms), "The same of accesses that came while no partition was overloaded"),
        (">answered", one => Words.Count(one.Answered), "Accesses: transactions on the store"),
        (">failed", one => Words.Count(one.FailedOperations), "Those that ended in an error"),
        (">lost", one => Words.Count(one.LostRows), "Committed rows that aren't there"),
        (">doubled", one => Words.Count(one.DoubledRows), "Rows that are there once more"),
        (">moves", one => Words.Count(one.Moves), "Units that went to another partition"),
        (">splits", one => Words.Count(one.Splits), "Entities and shards that were split"),
        (">moved", one => Words.Bytes(one.BytesMoved), "What moves carried"),
    ];

    /// <summary>For the screen.</summary>
    public static void Write(Terminal terminal, DemoReport report)
    {
        var table = Tables.Of([.. Columns.Select(column => column.Heading)]);
        foreach (var policy in report.Policies) table.Row([.. Columns.Select(column => column.Cell(policy))]);
        terminal.Write(table);
    }

    /// <summary>For the page.</summary>
    public static System.Xml.Linq.XElement Html(DemoReport report) =>
        HtmlTable.Of(report.Policies, [.. Columns.Select(column => new HtmlColumn<DemoPolicyReport>(column.Heading, column.Cell, column.Help))]);

    /// <summary>Overloaded time, fleet time.</summary>
    public static string Minutes(DemoPolicyReport policy) => Minutes(TimeSpan.FromSeconds(policy.OverloadedSeconds));

    /// <summary>Overloaded time, fleet time.</summary>
    public static string Minutes(TimeSpan overloaded) => $"{SimulationVerdict.Number(overloaded.TotalMinutes)} min";

    /// <summary>A time of an answer.</summary>
    public static string Milliseconds(double value) => Words.Duration(TimeSpan.FromMilliseconds(value));

    /// <summary>A number without more digits than it needs.</summary>
    public static string Number(double value) => value.ToString("#,##0.#", CultureInfo.InvariantCulture);
}
