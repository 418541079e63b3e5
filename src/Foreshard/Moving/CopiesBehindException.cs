namespace Foreshard.Moving;

/// <summary>Core rows of a split entity are decided at its home but not on every copy yet, for a process ended in between.</summary>
public sealed class CopiesBehindException : ForeshardException
{
    internal CopiesBehindException(EntityKey entity)
        : base($"Core rows of {entity} were written by a process that ended before they were on all copies. What was to be done is undone and nothing was "
            + "lost: the next session on the entity brings the copies up to date. Do it again then.") => Entity = entity;

    /// <summary>The entity.</summary>
    public EntityKey Entity { get; }
}
