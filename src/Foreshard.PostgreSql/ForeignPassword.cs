using System.Globalization;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>The password by which one partition's server is to reach another: from where this process itself takes passwords.</summary>
internal static class ForeignPassword
{
    public static async ValueTask<string?> FindAsync(string location, string user, PostgresOptions options, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(location) { Username = user };
        if (options.Password is { } password) return await password(settings, cancellationToken).ConfigureAwait(false);
        if (Environment.GetEnvironmentVariable("PGPASSWORD") is { Length: > 0 } common) return common;
        var path = settings.Passfile ?? Environment.GetEnvironmentVariable("PGPASSFILE")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pgpass");
        return File.Exists(path) ? Among(await File.ReadAllLinesAsync(path, cancellationToken).ConfigureAwait(false), settings) : null;
    }

    /// <summary>The first line of a password file that fits: <c>host:port:database:user:password</c>, each may be <c>*</c>.</summary>
    public static string? Among(IEnumerable<string> lines, NpgsqlConnectionStringBuilder settings)
    {
        string?[] wanted = [settings.Host, settings.Port.ToString(CultureInfo.InvariantCulture), settings.Database ?? settings.Username, settings.Username];
        return lines.Where(line => !line.StartsWith('#')).Select(Fields)
            .FirstOrDefault(fields => fields.Count == 5 && wanted.Zip(fields).All(pair => pair.Second == "*" || pair.Second == pair.First))?[4];
    }

    /// <summary>Colons and backslashes within a field have a backslash before them.</summary>
    private static List<string> Fields(string line)
    {
        var fields = new List<string> { "" };
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] == ':' && fields.Count < 5) fields.Add("");
            else fields[^1] += line[at] == '\\' && at + 1 < line.Length ? line[++at] : line[at];
        }

        return fields;
    }
}
