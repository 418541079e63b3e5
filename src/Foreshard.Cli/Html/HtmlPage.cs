using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Foreshard.Cli.Html;

/// <summary>A page in one file: no script, nothing from elsewhere. Well-formed XML, too.</summary>
internal static class HtmlPage
{
    /// <summary>The text of the file.</summary>
    /// <param name="title">What it is about.</param>
    /// <param name="verdict">The result in a sentence: the headline.</param>
    /// <param name="facts">What it is about, in a few words each.</param>
    /// <param name="sections">The chapters, see <see cref="Section"/>.</param>
    public static string Write(string title, string verdict, IEnumerable<string> facts, IEnumerable<XElement> sections)
    {
        var page = new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("title", title),
                new XElement("style", HtmlStyle.Text)),
            new XElement(
                "body",
                new XElement(
                    "header",
                    new XElement("p", new XAttribute("class", "kind"), title),
                    new XElement("h1", verdict),
                    new XElement("ul", new XAttribute("class", "facts"), facts.Select(fact => new XElement("li", fact)))),
                new XElement("main", sections)));
        Clean(page);
        return $"<!DOCTYPE html>\n{page.ToString().ReplaceLineEndings("\n")}\n";
    }

    /// <summary>A chapter.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="introduction">What is to be seen; empty: nothing is said.</param>
    /// <param name="content">Elements.</param>
    public static XElement Section(string title, string introduction, params IEnumerable<object?> content) => new(
        "section", new XElement("h2", title), introduction.Length > 0 ? new XElement("p", introduction) : null, content);

    /// <summary>A part that is opened by a click.</summary>
    public static XElement Folded(string title, bool isOpen, XElement content) =>
        new("details", isOpen ? new XAttribute("open", "open") : null, new XElement("summary", title), content);

    /// <summary>What the marks of a drawing mean.</summary>
    /// <param name="entries">Of each, the classes of a mark, and the word for it.</param>
    public static XElement Legend(params ReadOnlySpan<(string Style, string Text)> entries)
    {
        var legend = new XElement("p", new XAttribute("class", "legend"));
        foreach (var (style, text) in entries) legend.Add(new XElement("span", new XAttribute("class", style), ""), text);
        return legend;
    }

    /// <summary>Names come from logs and may hold what no document may: control characters, halves of characters.</summary>
    private static void Clean(XElement page)
    {
        foreach (var text in page.DescendantNodes().OfType<XText>().ToList()) text.Value = Clean(text.Value);
        foreach (var attribute in page.DescendantsAndSelf().Attributes().ToList()) attribute.Value = Clean(attribute.Value);
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isAllowed = !rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value);
            clean.Append((isAllowed ? rune : Rune.ReplacementChar).ToString());
        }

        return clean.ToString();
    }
}
