using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Foreshard.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Foreshard.Sqlite.Tests.Diagnostics;

/// <summary>Collects what stores tell of themselves: figures, activities, log messages. Of one store, if its folder is named.</summary>
internal sealed class Listening : ILoggerFactory, ILogger
{
    private readonly MeterListener meters = new();
    private readonly ActivityListener activities = new();
    private readonly ConcurrentQueue<Activity> ended = new();
    private readonly ConcurrentQueue<(EventId Id, LogLevel Level, string Text)> messages = new();
    private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> figures = new();

    public Listening()
    {
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Meter) listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        meters.Start();
        activities.ShouldListenTo = source => source.Name == TelemetryNames.ActivitySource;
        activities.Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded;
        activities.ActivityStopped = ended.Enqueue;
        ActivitySource.AddActivityListener(activities);
    }

    /// <summary>Name of the store that is listened to.</summary>
    public string Store { get; set; } = "";

    public IReadOnlyList<(EventId Id, LogLevel Level, string Text)> Messages => [.. messages];

    public IReadOnlyList<Activity> Activities => [.. ended.Where(activity => (string?)activity.GetTagItem("foreshard.store") == Store)];

    /// <summary>What was measured of an instrument so far, with the values of some attributes.</summary>
    public List<double> Of(string instrument, params (string Name, object Value)[] tags)
    {
        meters.RecordObservableInstruments();
        return
        [
            .. figures.Where(figure => figure.Name == instrument && (string?)figure.Tags.GetValueOrDefault("foreshard.store") == Store)
                .Where(figure => tags.All(tag => Equals(figure.Tags.GetValueOrDefault(tag.Name), tag.Value)))
                .Select(figure => figure.Value),
        ];
    }

    public double Sum(string instrument, params (string Name, object Value)[] tags) => Of(instrument, tags).Sum();

    public ILogger CreateLogger(string categoryName)
    {
        Assert.Equal(TelemetryNames.LogCategory, categoryName);
        return this;
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        messages.Enqueue((eventId, logLevel, formatter(state, exception)));

    public void Dispose()
    {
        meters.Dispose();
        activities.Dispose();
    }

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct, IConvertible
    {
        var all = new Dictionary<string, object?>();
        foreach (var (name, tag) in tags) all[name] = tag;
        figures.Enqueue((instrument.Name, value.ToDouble(null), all));
    }
}
