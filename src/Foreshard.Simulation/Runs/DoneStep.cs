using Foreshard.Balancing;

namespace Foreshard.Simulation.Runs;

/// <summary>A step that was taken in a simulation.</summary>
/// <param name="Kind">What it did.</param>
/// <param name="What">Whose: the entity and its scope, or the bucket.</param>
/// <param name="From">Number of the partition, from 1 on.</param>
/// <param name="To">Number of the partition it went to; the same for re-units.</param>
/// <param name="StartUtc">Begin.</param>
/// <param name="EndUtc">End; of re-units, the same.</param>
/// <param name="Bytes">What it carried.</param>
/// <param name="Reason">Why.</param>
/// <param name="Because">The same in words.</param>
internal sealed record DoneStep(
    StepKind Kind, string What, int From, int To, DateTime StartUtc, DateTime EndUtc, double Bytes, StepReason Reason, string Because);
