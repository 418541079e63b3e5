namespace Foreshard.Cli.Commands;

/// <summary>What <c>partition reconcile --json</c> prints.</summary>
internal sealed record ReconcileReport(string Partition, bool IsOtherServer, int Ended, IReadOnlyList<string> Missing);
