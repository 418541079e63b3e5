using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <summary>Tells of one entity why it is, or isn't, split or moved now.</summary>
internal sealed class ExplainCommand : TraceCommand
{
    private readonly StoreWords words;
    private readonly Option<string> entity = new("--entity") { HelpName = "ENTITY", Description = "Which one: its key, or type and key", Required = true };

    public ExplainCommand(Terminal terminal)
        : base("explain", "Say why an entity of a log or of a store is, or isn't, split or moved now", terminal)
    {
        Log.Description = "An access log or a table of loads, plain or gzip; - for standard input; or the folder of a store. Left out: a fleet";
        Log.Arity = ArgumentArity.ZeroOrOne;
        words = new StoreWords(terminal.Environment, isRequired: false);
        words.AddFlagsTo(this);
        Add(entity);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (PlaceOf(arguments) is { } place) return await ExplainStoreAsync(place, arguments, cancellationToken);
        Fleet.Of(arguments, 1, TimeSpan.MaxValue);
        var bar = new ProgressBar(Terminal);
        var report = await bar.WaitAsync(() => Task.FromResult(Look(arguments, bar, cancellationToken)), isShown: true, cancellationToken);
        Print(arguments, report, CliJson.Report.ExplanationReport, Write);
        return ExitCode.Done;
    }

    /// <summary>The store that is meant; null: recorded traffic.</summary>
    private StorePlace? PlaceOf(ParseResult arguments)
    {
        var named = arguments.GetValue(Log);
        if (named is null) return words.Find(arguments) ?? throw new UsageException("Name a LOG, the folder of a store, or a fleet with --fleet FILE.");
        if (words.HasFlags(arguments)) throw new UsageException($"Name '{named}' or a fleet, not both.");
        return Directory.Exists(named) ? new FolderPlace(named) : null;
    }

    /// <summary>Of a store there is nothing to simulate: its own autopilot has looked, and wrote down what it found.</summary>
    private async Task<int> ExplainStoreAsync(StorePlace place, ParseResult arguments, CancellationToken cancellationToken)
    {
        var foreign = arguments.CommandResult.Children.OfType<OptionResult>()
            .Where(option => !option.Implicit && option.Option != entity && option.Option != Json && !words.Has(option.Option) && !option.Option.Recursive)
            .Select(option => option.Option.Name)
            .ToList();
        if (foreign.Count > 0)
            throw new UsageException($"{string.Join(", ", foreign)}: of a store only --entity and --json can be said; the others are about recorded traffic.");
        await using var store = await place.OpenAsync(new(Terminal.Time) { IsReadOnly = true }, cancellationToken);
        var about = EntityNames.Parse(store, arguments.GetRequiredValue(entity));
        var report = await StoreExplanationReport.OfAsync(store, about, cancellationToken);
        Print(arguments, report, CliJson.Report.StoreExplanationReport, one => StoreExplanationView.Write(Terminal, one));
        return ExitCode.Done;
    }

    private ExplanationReport Look(ParseResult arguments, ProgressBar bar, CancellationToken cancellationToken)
    {
        var log = Read(arguments, bar, cancellationToken);
        var wanted = arguments.GetRequiredValue(entity);
        var found = log.Trace.Keys.Select(key => key.Entity).FirstOrDefault(one => one.KeyText() == wanted || one.ToString() == wanted);
        if (found.IsNone) throw new UsageException(NearNames.Missing(wanted, [.. log.Trace.Keys.Select(key => key.Entity).Distinct()]));
        var analysis = FleetAnalysis.Of(log.Trace, FleetOf(arguments, log), bar.ShowAnalysed, cancellationToken);
        return analysis.OutlookOf(found) is { } outlook
            ? ExplanationReport.Of(analysis, EntityExplanation.Of(analysis, outlook), log.HasAccesses)
            : throw new UsageException($"'{wanted}' has no forecast of its own: it is one of too many entities that are nearly never used, or isn't any more.");
    }

    private void Write(ExplanationReport report)
    {
        Terminal.Say($"{report.Entity} is on {report.Partition}, in bucket {report.Bucket}, at {Words.Moment(report.At)} UTC; "
            + $"{Words.Bytes((long)report.Bytes)}.");
        ProfileView.WriteTable(Terminal, [report.Profile]);
        Terminal.Output.WriteLine();
        Terminal.Say("What becomes of it:");
        foreach (var line in report.Verdict) Terminal.Say($"- {line}");
        Terminal.Output.WriteLine();
        WriteScore(report.Shardability);
        Terminal.Output.WriteLine();
        Terminal.Say("What it would cost to have it elsewhere, in cost-unit-seconds of overload (below 0: better than where it is):");
        CandidateReport.Write(Terminal, report.Candidates);
    }

    private void WriteScore(ShardabilityReport score)
    {
        var worth = score.IsWorthSplitting ? "worth splitting" : "not worth splitting";
        Terminal.Say($"Shardability {Number(score.Score)} of 100 ({worth}; the threshold is {Number(score.Threshold)}):");
        var table = Tables.Of("term", ">value", ">weight", "when (UTC)");
        table.Row("its peak, of a partition's capacity", Share(score.PeakShare), Share(score.LoadWeight), Words.Moment(score.PeakAt));
        table.Row("its size, of the size budget", Share(score.SizeShare), Share(score.SizeWeight), "");
        table.Row("its partition's peak, of the capacity", Share(score.PartitionShare), Share(score.PartitionWeight), Words.Moment(score.PartitionPeakAt));
        table.Row("separability, which multiplies the sum", Share(score.Separability), "", "");
        Terminal.Write(table);
        Terminal.Say(score.Refusal is { } refusal ? $"No cut: {refusal}: {score.Because}." : $"Best {score.Because}.");
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
