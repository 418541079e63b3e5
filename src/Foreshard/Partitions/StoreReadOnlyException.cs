namespace Foreshard.Partitions;

/// <summary>The store was opened read-only, beside the process that owns it. Nothing was done.</summary>
public sealed class StoreReadOnlyException : ForeshardException
{
    internal StoreReadOnlyException()
        : base("The store was opened read-only. Nothing was done. Write in the process that owns the store, or open it there.")
    {
    }
}
