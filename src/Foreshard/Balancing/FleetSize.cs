using System.Collections.Immutable;

namespace Foreshard.Balancing;

/// <summary>How large a fleet should be from now on.</summary>
/// <param name="Partitions">How many partitions shall be awake or waking; those that are being emptied don't count.</param>
/// <param name="Drain">Which ones shall be emptied to sleep; at most one at a time, the cheapest to empty.</param>
/// <param name="Slots">For how many slots that holds: by then more can have been woken and filled. Plans for this fleet look no further.</param>
/// <param name="Because">Why, in words, with figures.</param>
internal sealed record FleetSize(int Partitions, ImmutableArray<PartitionId> Drain, int Slots, string Because);
