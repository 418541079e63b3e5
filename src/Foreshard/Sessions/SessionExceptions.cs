using System.Globalization;

namespace Foreshard.Sessions;

/// <summary>The entity's unit moved for longer than the session was willing to wait. Nothing was read or written.</summary>
public sealed class MoveInProgressException : ForeshardException
{
    internal MoveInProgressException(EntityKey entity, TimeSpan waited)
        : base(string.Create(CultureInfo.InvariantCulture, $"{entity} is being moved, or all its sessions are being waited for, and did not become free within ")
            + string.Create(CultureInfo.InvariantCulture, $"{waited.TotalMilliseconds:0} ms. Nothing was read or written, so the call may be repeated; 'foreshard moves' shows what goes on. ")
            + "The wait is SessionOptions.WaitLimit.")
    {
        Entity = entity;
        Waited = waited;
    }

    /// <summary>The entity that the session was for.</summary>
    public EntityKey Entity { get; }

    /// <summary>How long the session waited.</summary>
    public TimeSpan Waited { get; }
}

/// <summary>The same flow of control has a writing session open already. Nothing was done.</summary>
public sealed class NestedSessionException : ForeshardException
{
    internal NestedSessionException(EntityKey open, EntityKey refused)
        : base($"A session that writes on {open} is still open in this flow of control, and one that writes on {refused} was asked for. Both might wait for the "
            + "same file, and neither could go on. Nothing was done. Commit or dispose of the first one before; transactions over several entities or groups do not exist yet.")
    {
        Open = open;
        Refused = refused;
    }

    /// <summary>The entity of the session that is open.</summary>
    public EntityKey Open { get; }

    /// <summary>The entity of the session that was refused.</summary>
    public EntityKey Refused { get; }
}
