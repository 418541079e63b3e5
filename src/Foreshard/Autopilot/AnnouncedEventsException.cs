namespace Foreshard.Autopilot;

/// <summary>A file of announced events can't be read or written. It is left as it is.</summary>
internal sealed class AnnouncedEventsException : ForeshardException
{
    public AnnouncedEventsException(string path, string what, Exception? inner = null)
        : base($"'{path}': {what}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
