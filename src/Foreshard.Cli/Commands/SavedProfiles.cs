using System.Buffers;
using Foreshard.Cli.Output;
using Foreshard.Profiling;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>A file with the profiles that a command goes on from and leaves behind.</summary>
internal sealed class SavedProfiles(string path, Terminal terminal)
{
    /// <summary>What was saved; null if nothing was, or if it can't be used: that is said, and the file kept under another name.</summary>
    public TrafficReplay? Load(SlotGrid grid, ReplayOptions options)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return TrafficReplay.Load(File.ReadAllBytes(path), grid, options);
        }
        catch (ProfileFormatException exception)
        {
            var kept = $"{path}.damaged";
            File.Move(path, kept, overwrite: true);
            terminal.Error.WriteLine($"'{path}': {exception.Message} Beginning with nothing; the file is kept as '{kept}'.");
            return null;
        }
    }

    /// <summary>Replaces the file as a whole or not at all.</summary>
    public void Save(TrafficReplay replay)
    {
        var saved = new ArrayBufferWriter<byte>();
        replay.Save(saved);
        var next = $"{path}.next";
        using (var file = new FileStream(next, FileMode.Create))
        {
            file.Write(saved.WrittenSpan);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}
