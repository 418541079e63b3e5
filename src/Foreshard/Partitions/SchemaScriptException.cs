namespace Foreshard.Partitions;

/// <summary>A schema script can't be run as it is. It was rolled back, here and nowhere applied.</summary>
public sealed class SchemaScriptException : ForeshardException
{
    internal SchemaScriptException(long version, string reason, Exception? inner = null)
        : base(
            $"The script of schema version {version} fails: {reason}. It was rolled back and no partition has it. Mend the script and "
            + "apply it again.",
            inner) =>
        Version = version;

    /// <summary>The version that the script was to make.</summary>
    public long Version { get; }
}
