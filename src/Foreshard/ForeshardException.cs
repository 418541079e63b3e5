namespace Foreshard;

/// <summary>The base of what Foreshard itself reports. Errors of the database pass through as the driver threw them.</summary>
public abstract class ForeshardException : Exception
{
    private protected ForeshardException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
