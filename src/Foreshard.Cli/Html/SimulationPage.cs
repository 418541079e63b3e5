using Foreshard.Cli.Commands;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Html;

/// <summary>The page of <c>foreshard simulate --html</c>.</summary>
internal static class SimulationPage
{
    /// <summary>The text of the file.</summary>
    public static string Write(SimulationResult result, SimulationReport report)
    {
        var sections = new SimulationSections(result, report);
        return HtmlPage.Write($"Simulation of '{report.Source}'", report.Verdict, sections.Facts(), sections.All());
    }
}
