using System.CommandLine;
using System.Text.Json;
using Foreshard.Autopilot;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Cli.Commands;

/// <summary>Has an autopilot advise on a store by the access log that an application writes, until Ctrl+C. Nothing is moved.</summary>
internal sealed class RunCommand : ReportingCommand
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly StoreWords words;

    private readonly Option<string> log = new("--log")
    {
        HelpName = "FILE",
        Description = "The access log, plain CSV or JSON lines; it is read on as it grows, also when another file takes its place",
        Required = true,
    };

    private readonly Option<bool> fromStart = new("--from-start") { Description = "Learn what is in the log first; without it, reading begins at its end" };
    private readonly Option<string?> type =
        TextOption("--type", "NAME", "Type of the entities, of lines that tell none. Default: the only one that the store declares");

    private readonly Option<string[]> columns = new("--column")
    {
        HelpName = "NAME=COLUMN",
        Description = "What the log calls a column: entity=customer_id; may be repeated",
    };

    private readonly Option<string?> zone = TextOption("--time-zone", "ZONE", "Zone of times without an offset, as Europe/Berlin. Default: UTC");
    private readonly AutopilotSettings settings = new();

    public RunCommand(Terminal terminal)
        : base("run", "Advise on a store by an access log, as the log grows, until Ctrl+C; moves nothing. The store must have no other owner", terminal)
    {
        words = new StoreWords(terminal.Environment);
        words.AddTo(this);
        Option[] options = [log, fromStart, type, columns, zone, .. settings.All, Json];
        foreach (var option in options) Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var autopilot = settings.Of(arguments, AutopilotMode.Advise);
        autopilot.IsStepped = true;
        await using var store = await words.Of(arguments).OpenAsync(new(Terminal.Time) { Autopilot = autopilot }, cancellationToken);
        settings.CheckCapacity(store, arguments);
        using var follower = new LogFollower(
            arguments.GetRequiredValue(log), LogOptionsOf(store, arguments), Terminal.Time, startsAtEnd: !arguments.GetValue(fromStart));
        var watch = new LogWatch(store, follower, arguments.GetRequiredValue(log), autopilot.Interval, Terminal);
        try
        {
            await Task.Run(() => watch.Learn(cancellationToken), cancellationToken);
            await store.Autopilot.StartAsync(cancellationToken);
            watch.RecordOpen();
            if (store.Autopilot.Status.Notice is { } notice) await Terminal.Error.WriteLineAsync($"Note: {notice}");
            await Terminal.Error.WriteLineAsync(watch.Beginning());
            await FollowAsync(store, watch, arguments, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how it ends.
        }

        await Terminal.Error.WriteLineAsync(watch.End());
        return ExitCode.Done;
    }

    private async Task FollowAsync(EntityStore store, LogWatch watch, ParseResult arguments, CancellationToken cancellationToken)
    {
        var known = (await store.Autopilot.ReadDecisionsAsync(cancellationToken)).ToDictionary(decision => decision.Id, decision => decision.State);
        DateTimeOffset? planned = null;
        string? failure = null;
        while (true)
        {
            watch.Record();
            var next = await store.Autopilot.TryRunDueAsync(cancellationToken);
            var status = store.Autopilot.Status;
            if (status.LastError is { } error && error != failure)
                await Terminal.Error.WriteLineAsync($"A round failed; the next one tries again: {error}");
            failure = status.LastError;
            if (status.PlannedAt != planned)
            {
                planned = status.PlannedAt;
                foreach (var decision in await store.Autopilot.ReadDecisionsAsync(cancellationToken))
                {
                    if (known.TryGetValue(decision.Id, out var before) && before == decision.State) continue;
                    known[decision.Id] = decision.State;
                    Show(DecisionReport.Of(decision), arguments);
                }
            }

            await Terminal.Output.FlushAsync(cancellationToken);
            var pause = next - Terminal.Time.GetUtcNow().UtcDateTime;
            if (pause > TimeSpan.Zero) await Task.Delay(pause < LookInterval ? pause : LookInterval, Terminal.Time, cancellationToken);
        }
    }

    private void Show(DecisionReport decision, ParseResult arguments)
    {
        if (arguments.GetValue(Json)) Say(JsonSerializer.Serialize(decision, CliJson.Line.DecisionReport));
        else Terminal.Say(DecisionView.LineWithReason(decision));
    }

    /// <exception cref="UsageException">The options don't hold, or the store has no such type.</exception>
    private AccessLogOptions LogOptionsOf(EntityStore store, ParseResult arguments)
    {
        var declared = DeclaredType(store, arguments.GetValue(type));
        try
        {
            var options = new AccessLogOptions
            {
                NowUtc = Terminal.Time.GetUtcNow().UtcDateTime,
                Columns = LogColumns.Parse(arguments.GetValue(columns) ?? []),
                EntityType = declared.Type,
                GroupKind = declared.Group?.Kind ?? GroupKind.Segment,
                TimeZoneId = arguments.GetValue(zone),
            };
            options.Validate();
            return options;
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(Fault.Of(exception).Message);
        }
    }

    private static Schema.EntityDeclaration DeclaredType(EntityStore store, string? name)
    {
        var declared = store.Schema.EntityTypes.ToList();
        if (name is null && declared.Count == 1) return declared[0];
        var names = string.Join(", ", declared.Select(one => one.Type.Name));
        if (declared.Count == 0)
            throw new UsageException("The store declares no entity types, so there is nothing to advise on: 'foreshard apply' gives it a schema.");
        if (name is null) throw new UsageException($"The store declares several entity types; say with --type which one the log's lines are about: {names}.");
        return declared.FirstOrDefault(one => string.Equals(one.Type.Name, name, StringComparison.Ordinal))
            ?? throw new UsageException($"The store declares no entity type '{name}'; there are: {names}.");
    }
}
