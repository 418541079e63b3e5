namespace Foreshard.Autopilot;

/// <summary>The folder in which a store's autopilot keeps what it learned, beside what was announced.</summary>
/// <param name="path">The store's folder; it exists.</param>
internal sealed class AutopilotFolder(string path) : IPilotStorage
{
    /// <summary>What the file of profiles and series is called.</summary>
    public const string FileName = "autopilot.profiles";

    private string FilePath => Path.Combine(path, FileName);

    public ValueTask<AnnouncedEvents> ReadEventsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(AnnouncedEvents.Load(Path.Combine(path, AnnouncedEvents.FileName), isRequired: false));

    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken) =>
        File.Exists(FilePath) ? await File.ReadAllBytesAsync(FilePath, cancellationToken).ConfigureAwait(false) : null;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> saved, CancellationToken cancellationToken)
    {
        var temporary = FilePath + ".new";
        var stream = new FileStream(temporary, FileMode.Create);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(saved, cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, FilePath, overwrite: true);
    }

    public ValueTask<string> PutAsideAsync(CancellationToken cancellationToken)
    {
        var aside = FilePath + ".unusable";
        File.Move(FilePath, aside, overwrite: true);
        return ValueTask.FromResult(aside);
    }
}
