using System.Text.Json;
using System.Text.Json.Serialization;
using Foreshard.Autopilot;

namespace Foreshard.Server;

/// <summary>What the API answers. Names of properties are a contract: they are added to, not changed.</summary>
[JsonSerializable(typeof(AutopilotStatus))]
[JsonSerializable(typeof(IReadOnlyList<Decision>))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class ServerJson : JsonSerializerContext;

/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Description">Why.</param>
internal sealed record HealthAnswer(string Status, string Description);

/// <param name="Error">What was not done, why, and what to do.</param>
internal sealed record ErrorAnswer(string Error);
