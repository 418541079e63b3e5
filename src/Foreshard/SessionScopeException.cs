namespace Foreshard;

/// <summary>A statement reaches outside of what its session is for. It was not run.</summary>
public sealed class SessionScopeException : ForeshardException
{
    internal SessionScopeException(string violation, Exception? inner = null)
        : base($"The statement was not run: {violation}. What code may do does not depend on where data lies, so this holds also while the entity is "
            + "whole: write grouped rows in a session on their group, core rows in a session on the whole entity, each entity in a session of its own, "
            + "and reference tables with WriteReferenceAsync.", inner)
    {
    }
}
