using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Foreshard.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Foreshard.Tests.House;

/// <summary><c>docs/telemetry.md</c> lists every figure, attribute and log message, and no other.</summary>
public sealed partial class TelemetryDocumentTests
{
    private static string Text => Repository.Documents.Single(document => document.Path == "docs/telemetry.md").Text;

    [Fact]
    public void Every_instrument_is_listed_with_its_kind_and_unit()
    {
        var instruments = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Meter) instruments.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
        };
        RuntimeHelpers.RunClassConstructor(typeof(Instruments).TypeHandle);
        listener.Start();

        var listed = InstrumentRows().Matches(Text).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}");

        Assert.True(instruments.Count > 15);
        Assert.Equal(instruments.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_log_message_is_listed_with_its_id_name_and_level()
    {
        var messages = typeof(StoreLog).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(method => (method.Name, Message: method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Select(one => $"{one.Message.EventId} {one.Name} {one.Message.Level}")
            .ToList();

        var listed = MessageRows().Matches(Text).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}");

        Assert.True(messages.Count > 10);
        Assert.Equal(messages.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_attribute_is_named() => Assert.All(
        typeof(Attributes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!),
        name => Assert.Contains($"`{name}`", Text, StringComparison.Ordinal));

    private static string KindOf(Instrument instrument) => instrument switch
    {
        { IsObservable: true } when instrument.GetType().Name.StartsWith("ObservableGauge", StringComparison.Ordinal) => "gauge",
        { IsObservable: true } when instrument.GetType().Name.StartsWith("ObservableUpDownCounter", StringComparison.Ordinal) => "up-down counter",
        Histogram<double> => "histogram",
        _ => "counter",
    };

    [GeneratedRegex(@"^\| `(foreshard\.[\w.]+)` \| ([a-z-]+(?: counter)?) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex InstrumentRows();

    [GeneratedRegex(@"^\| (\d+) \| `(\w+)` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex MessageRows();
}
