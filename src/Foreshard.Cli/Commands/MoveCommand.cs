using System.CommandLine;
using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Moves an entity, one of its shards, or a bucket.</summary>
internal sealed class MoveCommand : StoreCommand
{
    private readonly Argument<string[]> words = new("ENTITY PARTITION")
    {
        Description = "The entity, as customer/42, and the partition to move to; with --bucket the partition alone",
        Arity = new ArgumentArity(1, 2),
    };

    private readonly Option<string?> group = new("--group") { HelpName = "GROUP", Description = "A group of the shard that is meant, if the entity is split" };
    private readonly Option<int?> bucket = new("--bucket")
    {
        HelpName = "N",
        Description = "Move this bucket instead, with every entity in it that has no place of its own",
    };


    public MoveCommand(Terminal terminal)
        : base("move", "Move an entity, a shard of it, or a bucket to a partition, while sessions go on", terminal, isReadOnly: false)
    {
        Add(words);
        Add(group);
        Add(bucket);
        Validators.Add(result =>
        {
            var given = result.GetValue(words)?.Length ?? 0;
            if (result.GetResult(bucket) is null && given != 2) result.AddError("Name the entity and the partition to move it to.");
            if (result.GetResult(bucket) is not null && (given != 1 || result.GetResult(group) is not null))
                result.AddError("With --bucket, name the partition and neither an entity nor a group.");
        });
    }

    protected override Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var given = arguments.GetRequiredValue(words);
        var target = given[^1];
        if (arguments.GetValue(bucket) is { } number)
        {
            if (number < 0 || number >= store.MappingSize.Buckets)
                throw new UsageException($"There is no bucket {number}: the store has {store.MappingSize.Buckets}, numbered from 0.");
            var name = string.Create(CultureInfo.InvariantCulture, $"bucket {number}");
            return MoveAsync(name, target, progress => store.MoveBucketAsync(number, target, progress, cancellationToken), arguments, cancellationToken);
        }

        var entity = EntityNames.Parse(store, given[0]);
        var shard = EntityNames.ParseGroup(store, entity.Type, arguments.GetValue(group));
        var isShard = !shard.IsNone && store.Where(entity).Shards.Count > 1;
        var subject = isShard ? $"{entity} {store.Where(entity, shard).Scope}" : entity.ToString();
        return GivingUp.TellAsync(Terminal, store, entity, () =>
            MoveAsync(subject, target, progress => store.MoveAsync(entity, target, shard, progress, cancellationToken), arguments, cancellationToken));
    }

    private async Task<int> MoveAsync(
        string subject, string target, Func<Action<MoveProgress>, Task<MoveResult>> move, ParseResult arguments, CancellationToken cancellationToken)
    {
        var bar = new ProgressBar(Terminal);
        var result = await bar.WaitAsync(() => move(bar.Show), !arguments.GetValue(Json), cancellationToken);
        Print(arguments, MoveReport.Of(subject, target, result), CliJson.Report.MoveReport, report =>
        {
            var size = report.Rows is { } rows ? $"{Words.Count(rows, "row")}, {Words.Bytes(result.Bytes)}, " : "";
            Say($"{subject} is on partition {target} now: {size}{Words.Duration(result.Duration)}; sessions waited {Words.Duration(result.Stall)}.");
        });
        return ExitCode.Done;
    }
}

/// <param name="Operation">The operation's number, as <c>foreshard moves</c> shows it.</param>
/// <param name="Subject">What was moved.</param>
/// <param name="To">Name of the partition that it is on now.</param>
/// <param name="Rows">Rows copied; null if it was so small that sessions waited for the whole copy: then they are not counted.</param>
/// <param name="Bytes">Bytes of their values, estimated; null likewise.</param>
/// <param name="StallMilliseconds">How long sessions on it could not begin.</param>
/// <param name="DurationMilliseconds">From the beginning until the source was clean.</param>
internal sealed record MoveReport(long Operation, string Subject, string To, long? Rows, long? Bytes, double StallMilliseconds, double DurationMilliseconds)
{
    public static MoveReport Of(string subject, string target, MoveResult result) => new(
        result.Operation,
        subject,
        target,
        result.Rows > 0 ? result.Rows : null,
        result.Rows > 0 ? result.Bytes : null,
        Math.Round(result.Stall.TotalMilliseconds, 3),
        Math.Round(result.Duration.TotalMilliseconds, 3));
}
