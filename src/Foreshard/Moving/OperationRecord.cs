using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foreshard.Moving;

/// <summary>How far an operation is, durably.</summary>
public enum OperationState
{
    /// <summary>Recorded; nothing done.</summary>
    Planned,

    /// <summary>Rows are being copied.</summary>
    Copying,

    /// <summary>Copied; what changed meanwhile is being applied.</summary>
    Streaming,

    /// <summary>Sessions on the unit wait.</summary>
    Freezing,

    /// <summary>The mapping table says the new place or shape: from here on it only goes forward.</summary>
    Committed,

    /// <summary>Sessions go on; the source's rows are being deleted.</summary>
    Cleaning,

    /// <summary>Done.</summary>
    Done,

    /// <summary>Being undone.</summary>
    Aborting,

    /// <summary>Undone.</summary>
    Aborted,
}

/// <summary>What kind of operation.</summary>
public enum OperationKind
{
    /// <summary>A unit goes to another partition.</summary>
    Move,

    /// <summary>An entity leaves its bucket.</summary>
    Isolate,

    /// <summary>A shard becomes several.</summary>
    Split,

    /// <summary>Several shards become one.</summary>
    Merge,

    /// <summary>An entity goes back into its bucket.</summary>
    Fold,
}

/// <summary>An operation as the mapping store keeps it: enough to finish or undo it after a crash.</summary>
internal sealed record OperationRecord
{
    public required long Id { get; init; }

    public required OperationKind Kind { get; init; }

    public required OperationState State { get; init; }

    /// <summary>Raised by whoever takes over.</summary>
    public required int Attempt { get; init; }

    /// <summary>The process that carries it out, where several have the store open; null: the only one.</summary>
    public string? Mover { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>In words: <c>customer/42</c>, <c>customer/42 {eu}</c>, <c>bucket 17</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Placements before; of a move exactly one.</summary>
    public required ImmutableArray<Placement> From { get; init; }

    /// <summary>Placements after; of a move exactly one.</summary>
    public required ImmutableArray<Placement> To { get; init; }

    /// <summary>Units that no other operation may touch until this one is over.</summary>
    public required ImmutableArray<UnitId> Locks { get; init; }

    /// <summary>Whether sessions go on while a move copies.</summary>
    public bool Live { get; init; }

    /// <summary>Whether a shard's move takes the entity's core rows along.</summary>
    public bool CopiesCore { get; init; }

    /// <summary>Whether the source keeps no shard of the entity, and so no core rows.</summary>
    public bool CleansCore { get; init; }

    public long Rows { get; init; }

    public long TotalRows { get; init; }

    public long Bytes { get; init; }

    /// <summary>Why it was undone.</summary>
    public string? Error { get; init; }

    [JsonIgnore]
    public bool IsOver => State is OperationState.Done or OperationState.Aborted;

    /// <summary>Whether the mapping table says what the operation is for: from then on it only goes forward.</summary>
    [JsonIgnore]
    public bool IsDecided => State is OperationState.Committed or OperationState.Cleaning or OperationState.Done;

    /// <summary>What telemetry calls a kind.</summary>
    public static string NameOf(OperationKind kind) => kind switch
    {
        OperationKind.Move => "move",
        OperationKind.Isolate => "isolate",
        OperationKind.Split => "split",
        OperationKind.Merge => "merge",
        _ => "fold",
    };

    public static OperationRecord Parse(string json) => JsonSerializer.Deserialize(json, OperationJson.Default.OperationRecord)!;

    public string ToJson() => JsonSerializer.Serialize(this, OperationJson.Default.OperationRecord);
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OperationRecord))]
internal sealed partial class OperationJson : JsonSerializerContext;
