using System.Globalization;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Benchmarks;

/// <summary>A series of the M4 competition.</summary>
/// <param name="Id">Its name, H1 to H414.</param>
/// <param name="Train">What the competitors knew.</param>
/// <param name="Test">The 48 hours after.</param>
internal sealed record M4Series(string Id, float[] Train, float[] Test);

/// <summary>An entry of the competition, as published.</summary>
internal sealed record M4Entry(string Id, string Authors, double Smape, double Mase, double Owa, double? Msis, double? Acd);

/// <summary>The hourly series of the M4 competition (Makridakis, Spiliotis, Assimakopoulos 2018), its published results and some published forecasts.</summary>
internal static class M4Data
{
    public const int Horizon = 48;

    private const string Folder = "m4-hourly/";

    public static List<M4Series> Series()
    {
        var train = BenchmarkData.Table(Folder + "Hourly-train.csv.gz", TableOrientation.SeriesPerRow);
        var test = BenchmarkData.Table(Folder + "Hourly-test.csv.gz", TableOrientation.SeriesPerRow);
        return
        [
            .. train.Entities.Select((entity, row) => new M4Series(
                entity.KeyText(),
                WithoutEnd(train.Series(row)),
                WithoutEnd(test.Series(test.Entities.IndexOf(entity))))),
        ];
    }

    /// <summary>All entries, best first.</summary>
    public static List<M4Entry> Entries() =>
    [
        .. BenchmarkData.Rows(Folder + "published_hourly_results.csv")
            .Select(row => new M4Entry(row[0], row[1], Number(row[4])!.Value, Number(row[5])!.Value, Number(row[6])!.Value, Number(row[7]), Number(row[8])))
            .OrderBy(entry => entry.Owa),
    ];

    /// <summary>Forecasts by method and series.</summary>
    public static Dictionary<(string Method, string Id), float[]> Points() => BenchmarkData.Rows(Folder + "published_point_forecasts_hourly.csv.gz")
        .ToDictionary(row => (row[0], row[1]), row => row.Skip(2).Select(text => float.Parse(text, CultureInfo.InvariantCulture)).ToArray());

    private static double? Number(string text) => text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Short series are filled up at their end.</summary>
    private static float[] WithoutEnd(ReadOnlySpan<float> loads)
    {
        var length = loads.Length;
        while (length > 0 && float.IsNaN(loads[length - 1])) length--;
        return loads[..length].ToArray();
    }
}
