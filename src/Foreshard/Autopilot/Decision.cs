using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foreshard.Autopilot;

/// <summary>How far a decision of the autopilot is.</summary>
public enum DecisionState
{
    /// <summary>Its time has not come; or it is advice only.</summary>
    Planned,

    /// <summary>It is being carried out.</summary>
    Running,

    /// <summary>It was carried out.</summary>
    Done,

    /// <summary>A later plan did without it.</summary>
    Withdrawn,

    /// <summary>It no longer fitted when its time came: somebody had moved or changed the unit.</summary>
    Dropped,

    /// <summary>It was begun and undone; nothing was lost.</summary>
    Failed,

    /// <summary>The process ended while it was carried out; the store finished or undid it when it was opened again.</summary>
    Interrupted,
}

/// <summary>A partition that was looked at for a move.</summary>
/// <param name="Partition">Its name.</param>
/// <param name="Cost">What it would cost the whole store against staying, in cost units; negative: it gains.</param>
/// <param name="PeakShare">Largest load planned for it from then on, as a share of its capacity.</param>
/// <param name="Refusal">Why it can't take it; null if it can.</param>
public sealed record DecisionOption(string Partition, double Cost, double PeakShare, string? Refusal);

/// <summary>What was forecast when it was decided, and what came.</summary>
/// <param name="Until">End of the time that is compared: from the decision to the end of what was planned, a day at the most.</param>
/// <param name="FromBefore">Forecast peak of the partition that it leaves, if it stayed; as a share of capacity, like all of these.</param>
/// <param name="FromAfter">Forecast peak of the same partition with the plan.</param>
/// <param name="ToAfter">Forecast peak of the partition that it goes to, with the plan.</param>
/// <param name="FromActual">Largest load that came to the first one in that time so far, by intervals; 0 before the first.</param>
/// <param name="ToActual">Likewise of the second one.</param>
public sealed record DecisionForecast(
    DateTimeOffset Until, double FromBefore, double FromAfter, double ToAfter, double FromActual, double ToActual);

/// <summary>A step that the autopilot decided on: what, why, what else there was, and what came of it. Immutable.</summary>
public sealed record Decision
{
    /// <summary>Its number; later decisions have higher ones.</summary>
    public required long Id { get; init; }

    /// <summary>When the first plan with it was made.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary><c>isolate</c>, <c>split</c>, <c>move</c>, <c>merge</c> or <c>fold</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What it is about: <c>customer/42 {eu}</c>, <c>bucket 17</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The entity, as <c>customer/42</c>; null if a whole bucket moves.</summary>
    public string? Entity { get; init; }

    /// <summary>Of a split, the shards that it makes.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Name of the partition that it is on.</summary>
    public required string From { get; init; }

    /// <summary>Name of the partition that it goes to; the same unless it is a move.</summary>
    public required string To { get; init; }

    /// <summary>When it is to begin, by the last plan with it; once it is running, when it began.</summary>
    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>When it should be over; once it is, when it was.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>Bytes that a move carries, estimated.</summary>
    public double Bytes { get; init; }

    /// <summary>The reason's name, as <c>overload</c>, <c>surge</c>, <c>drain</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>The reason in words, with figures.</summary>
    public required string Because { get; init; }

    /// <summary>What it gains, in cost units; of a re-unit nothing: the moves after it gain.</summary>
    public double Gain { get; init; }

    /// <summary>The partitions that were looked at, the best first.</summary>
    public IReadOnlyList<DecisionOption> Options { get; init; } = [];

    /// <summary>What was forecast then, and what came; null of re-units.</summary>
    public DecisionForecast? Forecast { get; init; }

    /// <summary>How far it is.</summary>
    public required DecisionState State { get; init; }

    /// <summary>What became of it, in words: why it failed or was dropped, how long sessions waited; null before.</summary>
    public string? Outcome { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, AutopilotJson.Default.Decision);

    internal static Decision FromJson(string json) => JsonSerializer.Deserialize(json, AutopilotJson.Default.Decision)!;
}

[JsonSerializable(typeof(Decision))]
[JsonSerializable(typeof(AutopilotRecord))]
[JsonSerializable(typeof(PlanRecord))]
[JsonSerializable(typeof(TripReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class AutopilotJson : JsonSerializerContext;
