using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Foreshard.Autopilot;

/// <summary>How far one process is from each partition, as it tells the one that plans.</summary>
internal sealed record TripReport
{
    /// <summary>What such a report begins with: batches of access counts come the same way.</summary>
    private static ReadOnlySpan<byte> Mark => "foreshard trips 1\n"u8;

    /// <summary>Name of the process.</summary>
    public required string Process { get; init; }

    /// <summary>Where it is.</summary>
    public required string Region { get; init; }

    /// <summary>When it measured, by its own clock.</summary>
    public required DateTimeOffset MeasuredAt { get; init; }

    /// <summary>Milliseconds of a round trip, by the partition's number.</summary>
    public required IReadOnlyDictionary<int, double> Milliseconds { get; init; }

    public byte[] Save() => [.. Mark, .. JsonSerializer.SerializeToUtf8Bytes(this, AutopilotJson.Default.TripReport)];

    /// <summary>Whether the bytes are a report, and one that can be read.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TripReport? report)
    {
        report = null;
        if (!bytes.StartsWith(Mark)) return false;
        try
        {
            report = JsonSerializer.Deserialize(bytes[Mark.Length..], AutopilotJson.Default.TripReport);
        }
        catch (JsonException)
        {
            return false;
        }

        return report is not null;
    }
}
