using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Demo;

namespace Foreshard.Cli.Output;

/// <summary>What <c>--json</c> prints. Names of properties are a contract: they are added to, not changed.</summary>
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(StoreReport))]
[JsonSerializable(typeof(PartitionReport))]
[JsonSerializable(typeof(ReconcileReport))]
[JsonSerializable(typeof(IReadOnlyList<PartitionReport>))]
[JsonSerializable(typeof(PlaceReport))]
[JsonSerializable(typeof(MoveReport))]
[JsonSerializable(typeof(DrainReport))]
[JsonSerializable(typeof(OperationReport))]
[JsonSerializable(typeof(IReadOnlyList<OperationReport>))]
[JsonSerializable(typeof(IReadOnlyList<FindingReport>))]
[JsonSerializable(typeof(VersionReport))]
[JsonSerializable(typeof(MappingReport))]
[JsonSerializable(typeof(ProfileReport))]
[JsonSerializable(typeof(ForecastReport))]
[JsonSerializable(typeof(BacktestReport))]
[JsonSerializable(typeof(SimulationReport))]
[JsonSerializable(typeof(AnalysisReport))]
[JsonSerializable(typeof(ExplanationReport))]
[JsonSerializable(typeof(DecisionReport))]
[JsonSerializable(typeof(IReadOnlyList<DecisionReport>))]
[JsonSerializable(typeof(StoreExplanationReport))]
[JsonSerializable(typeof(ServeReport))]
[JsonSerializable(typeof(EventReport))]
[JsonSerializable(typeof(IReadOnlyList<EventReport>))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(RebuildReport))]
[JsonSerializable(typeof(LocalFleetReport))]
[JsonSerializable(typeof(IReadOnlyList<DiagnosisReport>))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Many lines, for a whole report.</summary>
    public static CliJson Report { get; } = new(OptionsOf(isIndented: true));

    /// <summary>One line, for a stream of them.</summary>
    public static CliJson Line { get; } = new(OptionsOf(isIndented: false));

    private static JsonSerializerOptions OptionsOf(bool isIndented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = isIndented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
