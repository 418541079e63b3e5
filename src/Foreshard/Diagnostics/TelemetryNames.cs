namespace Foreshard.Diagnostics;

/// <summary>What to listen to. Names, units and attributes of what comes are listed in <c>docs/telemetry.md</c>; they are added to, not changed.</summary>
public static class TelemetryNames
{
    /// <summary>The <see cref="System.Diagnostics.Metrics.Meter"/> of all stores of the process.</summary>
    public const string Meter = "Foreshard";

    /// <summary>The <see cref="System.Diagnostics.ActivitySource"/> of operations and plans.</summary>
    public const string ActivitySource = "Foreshard";

    /// <summary>The category of log messages.</summary>
    public const string LogCategory = "Foreshard";
}
