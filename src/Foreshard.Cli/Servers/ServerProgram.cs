using System.Diagnostics;
using System.Globalization;

namespace Foreshard.Cli.Servers;

/// <summary>Programs of servers: where they are, as whom they run, and running one to its end.</summary>
internal static class ServerProgram
{
    /// <summary>As whom servers run if root starts them: PostgreSQL refuses to run as root.</summary>
    public const string User = "nobody";

    private const string Group = "nogroup";

    private static readonly string DebianFolder = Path.Combine(Path.DirectorySeparatorChar.ToString(), "usr", "lib", "postgresql");

    /// <summary>What stands before a command of servers: nothing, or what drops root's rights.</summary>
    public static IReadOnlyList<string> AsUser { get; } =
        Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={Group}", "--clear-groups", "--"] : [];

    /// <summary>Where a program of PostgreSQL's is. Debian keeps them out of the path, a folder per version; the newest is taken.</summary>
    /// <exception cref="LocalServerException">It isn't installed.</exception>
    public static string OfPostgres(string name)
    {
        var installed = Directory.Exists(DebianFolder) ? Directory.GetDirectories(DebianFolder) : [];
        var newestFirst = installed
            .OrderByDescending(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(path => Path.Combine(path, "bin"));
        return Find(name, newestFirst, "PostgreSQL", "postgresql");
    }

    /// <summary>Where etcd is.</summary>
    /// <exception cref="LocalServerException">It isn't installed.</exception>
    public static string OfEtcd() => Find("etcd", [], "etcd", "etcd-server");

    /// <summary>Lets servers write to a folder: it becomes their user's, if root starts them.</summary>
    public static async Task HandOverAsync(string path)
    {
        if (Environment.IsPrivilegedProcess) await RunAsync(["chown", $"{User}:{Group}", path]);
    }

    /// <summary>Runs a command to its end and returns what it printed.</summary>
    /// <exception cref="LocalServerException">It isn't there, or failed; with what it printed.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken = default)
    {
        using var process = Begin(command);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var printed = await output;
        return process.ExitCode == 0 ? printed : throw new LocalServerException($"'{string.Join(' ', command)}' failed:\n{printed}{error}");
    }

    private static Process Begin(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new LocalServerException($"'{command[0]}' can't be run: {exception.Message}. Nothing was started.", exception);
        }
    }

    private static string Find(string name, IEnumerable<string> folders, string product, string package)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return folders.Concat(path.Split(Path.PathSeparator)).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new LocalServerException(
                $"The program '{name}' of {product} is not installed: neither in the folders of PATH nor where Debian puts it. Nothing was started. "
                + $"Install it (on Debian and Ubuntu: apt-get install {package}), or put its folder into PATH.");
    }
}
