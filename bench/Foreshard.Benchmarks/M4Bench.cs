using System.Globalization;
using Foreshard.Forecasting;

namespace Foreshard.Benchmarks;

/// <summary>The forecaster among the entries of the M4 competition: 414 hourly series, 48 hours ahead.</summary>
/// <remarks>
/// Lived through hour by hour as in production, nothing is fitted to a series beforehand. The competition is over and its test part
/// is public, so being as good as its winners is worth less than it was to them.
/// </remarks>
internal static class M4Bench
{
    private const int Rounds = 3;

    private static readonly int[] Origins = [48, 72, 96, 120, 144, 168];

    private static readonly SeriesTier[] Tiers = [SeriesTier.Hot, SeriesTier.Warm];

    private static readonly (string Method, string Entry)[] Checked =
        [("Naive2", "Naive2"), ("sNaive", "sNaive"), ("SES", "SES"), ("AutoBox-024", "24")];

    /// <summary>Point forecasts.</summary>
    public static void Owa()
    {
        var all = M4Data.Series();
        var entries = M4Data.Entries();
        var naive2 = Check(all, entries);
        SayTuning(all);

        var ours = Tiers.Select(tier => Measure(all, tier)).ToArray();
        Bars.Say($"the test part, among the published entries:");
        Bars.Say($"{"",-46} {"sMAPE",7} {"MASE",7} {"OWA",7}");
        var rows = entries.Select(entry => (Name: NameOf(entry), entry.Smape, entry.Mase, entry.Owa)).ToList();
        for (var i = 0; i < Tiers.Length; i++) rows.Add((OurName(Tiers[i]), ours[i].Score.Smape, ours[i].Score.Mase, ours[i].Score.OwaBy(naive2)));
        foreach (var (name, smape, mase, owa) in rows.OrderBy(row => row.Owa).Where(row => row.Owa <= 1.01))
            Bars.Say($"{name,-46} {smape,7:0.000} {mase,7:0.000} {owa,7:0.000}");
        for (var i = 0; i < Tiers.Length; i++)
        {
            Bars.Say($"{OurName(Tiers[i])}: {ours[i].Milliseconds:0.00} ms of processor time a series, for 700 to 960 updates, learning, and the forecast");
            var suffix = SuffixOf(Tiers[i]);
            Bars.Print("m4-owa" + suffix, ours[i].Score.OwaBy(naive2), 0.42);
            Bars.Print("m4-smape" + suffix, ours[i].Score.Smape, 8.9);
            Bars.Print("m4-ms-per-series" + suffix, ours[i].Milliseconds, 1);
        }
    }

    /// <summary>Intervals.</summary>
    public static void Msis()
    {
        var all = M4Data.Series();
        var entries = M4Data.Entries();
        SayTuning(all);

        var ours = Tiers.Select(tier => M4Stream.Test(all, tier, out _)).ToArray();
        Bars.Say($"the test part, among the published entries with intervals (ACD: distance of the coverage from 0.95):");
        Bars.Say($"{"",-46} {"MSIS",8} {"ACD",7}");
        var rows = entries
            .Where(entry => entry.Msis is not null)
            .Select(entry => (Name: NameOf(entry), Msis: entry.Msis ?? 0, Acd: entry.Acd ?? double.NaN))
            .ToList();
        for (var i = 0; i < Tiers.Length; i++) rows.Add((OurName(Tiers[i]), ours[i].Msis, Math.Abs(ours[i].Coverage - 0.95)));
        foreach (var (name, msis, acd) in rows.OrderBy(row => row.Msis)) Bars.Say($"{name,-46} {msis,8:0.000} {acd,7:0.000}");
        for (var i = 0; i < Tiers.Length; i++) Bars.Say($"{OurName(Tiers[i])}: {ours[i].Coverage:0.000} of the hours lie within the 95 % intervals");
        for (var i = 0; i < Tiers.Length; i++) Bars.Print("m4-msis" + SuffixOf(Tiers[i]), ours[i].Msis, 6.7);
    }

    /// <summary>Scores published forecasts anew.</summary>
    /// <returns>The score of Naive2, which OWA is relative to.</returns>
    private static M4Score Check(List<M4Series> all, List<M4Entry> entries)
    {
        Bars.Say($"{all.Count} series; the scoring, tried on published forecasts:");
        Bars.Say($"{"",-14} {"sMAPE",8} {"published",9} {"MASE",8} {"published",9} {"OWA",8} {"published",9}");
        var points = M4Data.Points();
        M4Score? naive2 = null;
        foreach (var (method, id) in Checked)
        {
            var score = new M4Score();
            foreach (var series in all) score.Add(series.Train, series.Test, points[(method, series.Id)]);
            naive2 ??= score;
            var told = entries.Single(entry => entry.Id == id);
            var owa = score.OwaBy(naive2);
            Bars.Say(
                $"{method,-14} {score.Smape,8:0.000} {told.Smape,9:0.000} {score.Mase,8:0.000} {told.Mase,9:0.000} {owa,8:0.0000} {told.Owa,9:0.0000}");
        }

        return naive2!;
    }

    /// <summary>What parameters may be chosen by.</summary>
    private static void SayTuning(List<M4Series> all)
    {
        Bars.Say($"inside the training part, which is what parameters are chosen by; 48 h from each origin on, hours before its end:");
        Bars.Say($"{"",-18} {"origin",7} {"sMAPE",7} {"MASE",7} {"MSIS",7} {"within",7}");
        foreach (var tier in Tiers) SayScores(OurName(tier), M4Stream.Inside(all, tier, Origins), hasIntervals: true);
        SayScores("last day again", [.. Origins.Select(origin => LastDay(all, origin))], hasIntervals: false);
    }

    private static void SayScores(string name, List<M4Score> scores, bool hasIntervals)
    {
        for (var i = 0; i < scores.Count; i++)
        {
            var score = scores[i];
            Bars.Say($"{name,-18} {-Origins[i],7} {score.Smape,7:0.000} {score.Mase,7:0.000} {Intervals(score.Msis, score.Coverage)}");
        }

        var (msis, coverage) = (scores.Average(score => score.Msis), scores.Average(score => score.Coverage));
        Bars.Say(
            $"{name,-18} {"mean",7} {scores.Average(score => score.Smape),7:0.000} {scores.Average(score => score.Mase),7:0.000} {Intervals(msis, coverage)}");

        string Intervals(double msis, double coverage) =>
            hasIntervals ? string.Create(CultureInfo.InvariantCulture, $"{msis,7:0.000} {coverage,7:0.000}") : $"{"-",7} {"-",7}";
    }

    private static M4Score LastDay(List<M4Series> all, int hoursBefore)
    {
        var score = new M4Score();
        foreach (var series in all)
        {
            var (known, actual) = M4Stream.At(series, hoursBefore);
            var day = known.Span[^24..];
            score.Add(known.Span, actual.Span, [.. day, .. day]);
        }

        return score;
    }

    private static (M4Score Score, double Milliseconds) Measure(List<M4Series> all, SeriesTier tier)
    {
        var times = new List<double>();
        M4Score? score = null;
        for (var round = -1; round < Rounds; round++)
        {
            score = M4Stream.Test(all, tier, out var cpu);
            if (round >= 0) times.Add(cpu.TotalMilliseconds / all.Count);
        }

        return (score!, Bars.Median(times));
    }

    private static string NameOf(M4Entry entry)
    {
        var name = entry.Authors.StartsWith("The M4", StringComparison.Ordinal) ? entry.Id : $"{entry.Id,3} {entry.Authors}";
        return name.Length <= 46 ? name : name[..45] + "…";
    }

    private static string OurName(SeriesTier tier) => tier == SeriesTier.Hot ? "> Foreshard, hot" : "> Foreshard, warm";

    private static string SuffixOf(SeriesTier tier) => tier == SeriesTier.Hot ? "" : "-warm";
}
