namespace Foreshard.Partitions;

/// <summary>A partition's owner row is not what a step expects: somebody else acts on the unit. The step did nothing.</summary>
internal sealed class OwnershipException(string partition, Placement unit, OwnerState expected, OwnerRow? found)
    : Exception($"Partition '{partition}' should hold {unit.Unit} at epoch {unit.Epoch} as {expected}, but "
        + (found is null ? "has no such unit." : $"holds it at epoch {found.Epoch} as {found.State}."));
