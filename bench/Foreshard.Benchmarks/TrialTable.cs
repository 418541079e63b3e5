using System.Globalization;
using Foreshard.Simulation.Replay;

namespace Foreshard.Benchmarks;

/// <summary>Prints how methods did, and where ours is not the best.</summary>
internal static class TrialTable
{
    private static readonly (string Name, Func<BacktestScore, double> Of)[] Errors =
    [
        ("WAPE", score => score.Wape), ("MASE", score => score.Mase), ("wQL90", score => score.Wql90), ("group-WAPE", score => score.GroupWape),
    ];

    /// <summary>Smaller differences don't show in the table.</summary>
    private const double Tie = 0.0005;

    public static void Print(List<TrialRow> rows)
    {
        Bars.Say($"{"",-27} {"WAPE",7} {"MASE",7} {"wQL50",7} {"wQL90",7} {"<= q90",7} {"bias",7} {"group-WAPE",10}");
        foreach (var (method, isOurs, score) in rows)
        {
            var name = (isOurs ? "> " : "  ") + method;
            double[] values = [score.Wape, score.Mase, score.Wql50, score.Wql90, score.Coverage90, score.Bias];
            var cells = string.Join(' ', values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value,7:0.000}")));
            Bars.Say($"{name,-27} {cells} {score.GroupWape,10:0.000}");
        }

        foreach (var ours in rows.Where(row => row.IsOurs))
        {
            var lost = Errors.SelectMany(error => rows
                .Where(row => !row.IsOurs && error.Of(row.Score) < error.Of(ours.Score) - Tie)
                .OrderBy(row => error.Of(row.Score))
                .Take(1)
                .Select(row => string.Create(
                    CultureInfo.InvariantCulture, $"{error.Name} {error.Of(ours.Score):0.000} against {error.Of(row.Score):0.000} ({row.Method})")));
            var text = string.Join("; ", lost);
            Bars.Say($"{ours.Method} {(text.Length == 0 ? "loses nowhere in this table" : "loses: " + text)}");
        }
    }

    /// <summary>The score of one method.</summary>
    public static BacktestScore Of(List<TrialRow> rows, string method) => rows.Single(row => row.Method == method).Score;

    /// <summary>The least error of the others.</summary>
    public static double BestOther(List<TrialRow> rows, Func<BacktestScore, double> error) => rows.Where(row => !row.IsOurs).Min(row => error(row.Score));
}
