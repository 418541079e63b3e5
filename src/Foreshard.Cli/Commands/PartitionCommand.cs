using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Partitions: adding, removing, listing.</summary>
internal sealed class PartitionCommand : Command
{
    public PartitionCommand(Terminal terminal)
        : base("partition", "Add, remove or list partitions")
    {
        Add(new PartitionAddCommand(terminal));
        Add(new PartitionRemoveCommand(terminal));
        Add(new PartitionListCommand(terminal));
    }
}

internal sealed class PartitionAddCommand : StoreCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "Its name: 1 to 64 letters, digits, _ and -" };
    private readonly Option<string> region = new("--region")
    {
        HelpName = "REGION",
        Description = "Where it is, in your own words",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<double> capacity = NumberOption(
        "--capacity",
        "Cost units per second that it can serve; 0: not known",
        0.0,
        number => number >= 0 && double.IsFinite(number),
        "a number that isn't negative");

    private readonly Option<long?> budget = Sizes.Option("--size-budget", "How large it may grow: 500MB, 20GB, or bytes; 0: no budget");

    public PartitionAddCommand(Terminal terminal)
        : base("add", "Add an empty partition, with schema and reference tables as they are", terminal, isReadOnly: false)
    {
        Add(name);
        Add(region);
        Add(capacity);
        Add(budget);
    }

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var settings = new PartitionSettings
        {
            Region = arguments.GetRequiredValue(region),
            CapacityPerSecond = arguments.GetValue(capacity),
            SizeBudgetBytes = arguments.GetValue(budget) ?? 0,
        };
        await store.AddPartitionAsync(arguments.GetRequiredValue(name), settings, cancellationToken);
        var added = store.Partitions.Single(one => one.Name == arguments.GetRequiredValue(name));
        Print(arguments, PartitionReport.Of(added, arguments.GetRequiredValue(Folder)), CliJson.Report.PartitionReport, report =>
            Say($"Added partition '{report.Name}'. It is empty: move entities or buckets to it, or drain another one."));
        return ExitCode.Done;
    }
}

internal sealed class PartitionRemoveCommand : StoreCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "Its name" };

    public PartitionRemoveCommand(Terminal terminal)
        : base("remove", "Take an empty partition out of the store; its file stays", terminal, isReadOnly: false) => Add(name);

    protected override async Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var partition = store.Partitions.FirstOrDefault(one => one.Name == arguments.GetRequiredValue(name));
        await store.RemovePartitionAsync(arguments.GetRequiredValue(name), cancellationToken);
        var report = PartitionReport.Of(partition!, arguments.GetRequiredValue(Folder));
        Print(arguments, report, CliJson.Report.PartitionReport, report => Say(
            $"Removed partition '{report.Name}'. Its file is still in the folder; nothing reads it any more."));
        return ExitCode.Done;
    }
}

internal sealed class PartitionListCommand(Terminal terminal) : StoreCommand("list", "List the partitions", terminal, isReadOnly: true)
{
    protected override Task<int> RunAsync(EntityStore store, ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = PartitionReport.Of(store, arguments.GetRequiredValue(Folder));
        Print(arguments, report, CliJson.Report.IReadOnlyListPartitionReport, report => Terminal.Write(PartitionView.Of(report)));
        return Task.FromResult(ExitCode.Done);
    }
}
