using Foreshard.Partitions;

namespace Foreshard.Sqlite;

/// <summary>The guard of one unit: the gate that sessions enter, and what the owner row says.</summary>
/// <remarks>Epoch and state change only while the gate is closed, or before anybody knows the epoch; sessions read them inside the gate.</remarks>
internal sealed class UnitState
{
    private Ownership ownership;

    public UnitState(OwnerRow row)
    {
        ownership = new Ownership(row.Epoch, row.State, row.Operation);
        if (row.State == OwnerState.Frozen) Gate.CloseNew();
    }

    public UnitGate Gate { get; } = new();

    public Ownership Ownership
    {
        get => Volatile.Read(ref ownership);
        set => Volatile.Write(ref ownership, value);
    }

    public bool Admits(long epoch) => Ownership is { State: OwnerState.Active } now && now.Epoch == epoch;
}

/// <summary>What an owner row says, as one reference so that it is read whole.</summary>
internal sealed record Ownership(long Epoch, OwnerState State, long Operation);
