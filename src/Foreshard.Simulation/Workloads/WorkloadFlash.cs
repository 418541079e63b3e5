namespace Foreshard.Simulation.Workloads;

/// <summary>A crowd that comes at once.</summary>
/// <param name="From">When, from the begin of the trace.</param>
/// <param name="Length">For how long.</param>
/// <param name="Times">What the usual load is multiplied by.</param>
internal readonly record struct WorkloadFlash(TimeSpan From, TimeSpan Length, double Times);
