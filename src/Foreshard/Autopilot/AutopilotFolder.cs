using System.Buffers;

namespace Foreshard.Autopilot;

/// <summary>The folder in which a store's autopilot keeps what it learned, beside what was announced.</summary>
/// <param name="path">The store's folder; it exists.</param>
internal sealed class AutopilotFolder(string path)
{
    /// <summary>What the file of profiles and series is called.</summary>
    public const string FileName = "autopilot.profiles";

    private string FilePath => System.IO.Path.Combine(path, FileName);

    /// <summary>What was announced.</summary>
    public AnnouncedEvents ReadEvents() => AnnouncedEvents.Load(System.IO.Path.Combine(path, AnnouncedEvents.FileName), isRequired: false);

    /// <summary>What was saved last; null if nothing was.</summary>
    public byte[]? Read() => File.Exists(FilePath) ? File.ReadAllBytes(FilePath) : null;

    /// <summary>Saves: whole or not at all.</summary>
    public void Write(ArrayBufferWriter<byte> saved)
    {
        var temporary = FilePath + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create))
        {
            stream.Write(saved.WrittenSpan);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, FilePath, overwrite: true);
    }

    /// <summary>Puts aside what can't be used, so that nothing writes over it.</summary>
    /// <returns>Where it is now.</returns>
    public string PutAside()
    {
        var aside = FilePath + ".unusable";
        File.Move(FilePath, aside, overwrite: true);
        return aside;
    }
}
