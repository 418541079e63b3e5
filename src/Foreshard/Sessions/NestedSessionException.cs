namespace Foreshard.Sessions;

/// <summary>The same flow of control has a writing session open already. Nothing was done.</summary>
public sealed class NestedSessionException : ForeshardException
{
    internal NestedSessionException(EntityKey open, EntityKey refused)
        : base($"A session that writes on {open} is still open in this flow of control, and one that writes on {refused} was asked for. "
            + "Both might wait for the same file, and neither could go on. Nothing was done. Commit or dispose of the first one before; "
            + "transactions over several entities or groups do not exist yet.")
    {
        Open = open;
        Refused = refused;
    }

    /// <summary>The entity of the session that is open.</summary>
    public EntityKey Open { get; }

    /// <summary>The entity of the session that was refused.</summary>
    public EntityKey Refused { get; }
}
