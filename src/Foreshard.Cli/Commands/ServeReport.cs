namespace Foreshard.Cli.Commands;

/// <param name="Store">The folder, as named.</param>
/// <param name="Urls">Where it listens, with the ports that were chosen.</param>
/// <param name="Mode">What its autopilot does: off, advise or act.</param>
internal sealed record ServeReport(string Store, IReadOnlyList<string> Urls, string Mode);
