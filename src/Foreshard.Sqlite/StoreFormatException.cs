namespace Foreshard.Sqlite;

/// <summary>A folder or file is no store of Foreshard, or one that this version can't read. Nothing was changed.</summary>
public sealed class StoreFormatException : ForeshardException
{
    internal StoreFormatException(string message)
        : base(message)
    {
    }
}
