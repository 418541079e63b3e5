using System.Globalization;
using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Profiling;
using Foreshard.Sessions;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Tests;

/// <summary><c>docs/limits.md</c> has the figures of the code.</summary>
public sealed class LimitsPageTests
{
    private static readonly string Text = DocumentPage.Read("limits.md");

    [Fact]
    public void Figures_are_those_of_the_code()
    {
        string[] facts =
        [
            Fact($"| shards of an entity | {EntityEntry.MaxShards} |"),
            Fact($"| segments that a shard names | {ShardScope.MaxSegments:N0} |"),
            Fact($"| partitions in one session | {UnionConnection.MaxPartitions} |"),
            Fact($"at most {UnionConnection.MaxPartitions} partitions at once"),
            Fact($"| name of an entity type, a partition | {EntityType.MaxNameLength} ASCII"),
            Fact($"{new SqliteStoreOptions().Buckets:N0} unless told"),
            Fact($"{UniqueIds.MaxNode + 1:N0} nodes"),
            Fact($"0 to {SessionOptions.MaxWaitLimit.TotalMinutes:0} min; {SessionOptions.DefaultWaitLimit.TotalSeconds:0} s unless told"),
            Fact($"{new MoveOptions().BlockingRows:N0} unless told"),
            Fact($"After {new MoveOptions().FreezePatience.TotalSeconds:0} s"),
            Fact($"{OperationLog.KeptRecords} kept when the store is opened"),
            Fact($"at most {LogLines.MaxLineBytes >> 20} MB, a table at most {LoadTable.MaxCells:N0} cells"),
            Fact($"a transaction {AccessText.MaxPartners:N0} partners"),
            Fact($"{ProfileOptions.Default.MaxHot:N0} hot and {ProfileOptions.Default.MaxWarm:N0} warm"),
            Fact($"{OutlookOptions.Default.GroupsPerEntity} of an entity at most"),
        ];

        Assert.All(facts, fact => Assert.Contains(fact, Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--partitions 1000 --buckets 65536", true)]
    [InlineData("--partitions 1001", false)]
    [InlineData("--buckets 131072", false)]
    [InlineData("--buckets 100", false)]
    public async Task Partitions_and_buckets_have_the_ranges_that_the_page_tells(string options, bool isAllowed)
    {
        using var shell = new Shell();

        var printed = await shell.RunAsync($"init shop --schema missing.json {options}");

        Assert.Equal(!isAllowed, printed.Error.Contains(" takes ", StringComparison.Ordinal));
    }

    private static string Fact(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
