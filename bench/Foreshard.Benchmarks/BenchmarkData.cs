using System.IO.Compression;
using Foreshard.Simulation.AccessLogs;
using Sylvan.Data.Csv;

namespace Foreshard.Benchmarks;

/// <summary>The public data sets that forecasts are tried on: a folder beside the repository, or the one that FORESHARD_DATA names.</summary>
internal static class BenchmarkData
{
    private const string Variable = "FORESHARD_DATA";

    private const string Usual = "../shared/data";

    /// <summary>No record in these sets is from later.</summary>
    public static readonly DateTime Now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Where a file or folder of the data is.</summary>
    /// <exception cref="MissingDataException">It isn't there.</exception>
    public static string PathOf(string name)
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable(Variable) ?? Path.Combine(RepositoryRoot(), Usual), name);
        if (Path.Exists(path)) return path;
        throw new MissingDataException(
            $"there is no {name} in the folder with the data sets. That is {Usual} beside the repository, or what the environment variable {Variable} names.");
    }

    /// <summary>A table of loads.</summary>
    public static LoadTable Table(string name, TableOrientation orientation) =>
        LoadTable.Read(PathOf(name), new LoadTableOptions { NowUtc = Now, Orientation = orientation });

    /// <summary>The rows of a file that is no table of loads, as text; packed if it is called so.</summary>
    public static IEnumerable<string[]> Rows(string name)
    {
        using var file = File.OpenRead(PathOf(name));
        using var text = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        using var reader = CsvDataReader.Create(text);
        while (reader.Read())
        {
            var row = new string[reader.FieldCount];
            for (var i = 0; i < row.Length; i++) row[i] = reader.GetString(i);
            yield return row;
        }
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Foreshard.slnx"))) return folder.FullName;
        }

        throw new MissingDataException($"the benchmarks don't run in the repository, so {Variable} has to name the folder with the data sets.");
    }
}

/// <summary>A data set isn't there.</summary>
internal sealed class MissingDataException(string message) : Exception(message);
