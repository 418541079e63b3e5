namespace Foreshard.Simulation.Workloads;

/// <summary>What came of one key in one slot.</summary>
/// <param name="Key">Its place among the trace's keys.</param>
/// <param name="Accesses">How many accesses.</param>
/// <param name="Cost">Their cost, in cost units.</param>
/// <param name="Writes">Rows that they wrote.</param>
/// <param name="Bytes">Bytes to and from clients.</param>
internal readonly record struct DemandRow(int Key, float Accesses, float Cost, float Writes, float Bytes);
