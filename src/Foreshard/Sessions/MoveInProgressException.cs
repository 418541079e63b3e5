using System.Globalization;

namespace Foreshard.Sessions;

/// <summary>The entity's unit moved for longer than the session was willing to wait. Nothing was read or written.</summary>
public sealed class MoveInProgressException : ForeshardException
{
    internal MoveInProgressException(EntityKey entity, TimeSpan waited)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"{entity} is being moved, or all its sessions are being waited for, and did not become free within {waited.TotalMilliseconds:0} ms. ")
            + "Nothing was read or written, so the call may be repeated; 'foreshard moves' shows what goes on. "
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
