namespace Foreshard.Cli.Servers;

/// <summary>A server on this machine can't be made, started or stopped; the message says why and what to do.</summary>
internal sealed class LocalServerException(string message, Exception? inner = null) : Exception(message, inner);
