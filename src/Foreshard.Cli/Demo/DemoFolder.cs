using System.Globalization;

namespace Foreshard.Cli.Demo;

/// <summary>Where the demo's stores lie while it runs.</summary>
/// <remarks>
/// In memory, if the system has a disk there: of all that the demo is made of, only a real disk can't be accelerated. One that answers after
/// 5 ms would take 18 s of fleet time each of the twenty times that a move waits for it.
/// </remarks>
internal static class DemoFolder
{
    private const string MemoryDisk = "/dev/shm";

    /// <summary>Bytes that all stores of a run stay below.</summary>
    private const long RoomNeeded = 256_000_000;

    /// <summary>A folder that isn't there yet.</summary>
    public static string Choose() => Path.Combine(
        IsUsable(MemoryDisk) ? MemoryDisk : Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"foreshard-demo-{Environment.ProcessId}"));

    /// <summary>Copies a folder with all that is in it; one that is there may be empty.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static bool IsUsable(string folder)
    {
        try
        {
            if (!Directory.Exists(folder) || new DriveInfo(folder).AvailableFreeSpace < RoomNeeded) return false;
            var probe = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"foreshard-probe-{Environment.ProcessId}"));
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
