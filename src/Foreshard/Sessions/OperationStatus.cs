using Foreshard.Moving;

namespace Foreshard.Sessions;

/// <summary>An operation that runs or ran.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Subject">What it is about: <c>customer/42 {eu}</c>, <c>bucket 17</c>.</param>
/// <param name="From">Name of the partition that it begins on.</param>
/// <param name="To">Name of the partition that it ends on.</param>
/// <param name="State">How far it is.</param>
/// <param name="StartedAt">When it was planned.</param>
/// <param name="Rows">Rows copied; written down every second while it copies.</param>
/// <param name="TotalRows">Rows to copy, as counted at its beginning.</param>
/// <param name="Bytes">Bytes of the values copied, estimated.</param>
/// <param name="Error">Why it was undone; null unless it was.</param>
public sealed record OperationStatus(
    long Id,
    OperationKind Kind,
    string Subject,
    string From,
    string To,
    OperationState State,
    DateTimeOffset StartedAt,
    long Rows,
    long TotalRows,
    long Bytes,
    string? Error)
{
    /// <summary>Whether it neither goes on nor can go on.</summary>
    public bool IsOver => State is OperationState.Done or OperationState.Aborted;
}
