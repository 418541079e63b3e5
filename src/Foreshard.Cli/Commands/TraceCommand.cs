using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Cli.Commands;

/// <summary>A command that puts recorded traffic on a virtual fleet.</summary>
internal abstract class TraceCommand : LogCommand
{
    protected TraceCommand(string name, string description, Terminal terminal)
        : base(name, description, terminal)
    {
        foreach (var option in Fleet.All) Add(option);
    }

    /// <summary>What the fleet is like.</summary>
    protected FleetOptions Fleet { get; } = new();

    /// <summary>Reads all of what was named.</summary>
    /// <exception cref="TrafficException">There is nothing in it.</exception>
    protected TracedLog Read(ParseResult arguments, ProgressBar bar, CancellationToken cancellationToken)
    {
        var (path, options) = (arguments.GetRequiredValue(Log), FeedOptionsOf(arguments));
        using var lines = LogLines.Open(path);
        lines.Reading = bar.Show;
        TrafficTrace? trace = null;
        LinesReport report;
        var isTable = options.IsTable(lines);
        if (isTable)
        {
            var table = LoadTable.Read(lines, options.Table);
            report = LinesReport.Of(table.Counts.Lines, table.Counts);
            if (report.Accepted > 0) trace = TraceReader.Of(table);
        }
        else
        {
            var reader = new AccessLogReader(lines, options.Log);
            trace = ReadLog(reader, path, cancellationToken);
            report = LinesReport.Of(reader.Counts, null);
        }

        if (trace is null) throw new TrafficException(report.Refusal(path));
        return new TracedLog(Scaled(trace, arguments, path), report, HasAccesses: !isTable);
    }

    /// <summary>The fleet, with what follows from the traffic.</summary>
    protected SimulationOptions FleetOf(ParseResult arguments, TracedLog log) =>
        Fleet.Of(arguments, log.LargestHour(), log.Trace.EndUtc - log.Trace.StartUtc);

    /// <summary>Runs it on a fleet.</summary>
    protected (SimulationResult Result, SimulationReport Report) Run(
        ParseResult arguments, TracedLog log, SimulationOptions options, ProgressBar bar, CancellationToken cancellationToken)
    {
        var result = SimulationRun.Run(log.Trace, options, bar.ShowSimulated, cancellationToken);
        var isCapacityGiven = Fleet.CapacityOf(arguments) is not null;
        return (result, SimulationReport.Of(result, arguments.GetRequiredValue(Log), Fleet.ScaleOf(arguments), isCapacityGiven, log.Lines));
    }

    /// <exception cref="TrafficException">There is no line in it.</exception>
    private static TrafficTrace ReadLog(AccessLogReader reader, string path, CancellationToken cancellationToken)
    {
        try
        {
            return TraceReader.Read(reader, cancellationToken);
        }
        catch (ArgumentException) when (reader.Counts.Accepted == 0)
        {
            throw new TrafficException(LinesReport.Of(reader.Counts, null).Refusal(path));
        }
    }

    /// <exception cref="TrafficException">It is too short to be scaled.</exception>
    private TrafficTrace Scaled(TrafficTrace trace, ParseResult arguments, string path)
    {
        var factor = Fleet.ScaleOf(arguments);
        if (factor == 1) return trace;
        try
        {
            return trace.Scaled(factor, Fleet.SeedOf(arguments));
        }
        catch (InvalidOperationException exception)
        {
            throw new TrafficException($"'{path}': {exception.Message}");
        }
    }
}
