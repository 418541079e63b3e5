using Foreshard.Cli.Fleets;

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>What is said of a partition's server, for each thing that can be wrong with it.</summary>
public sealed class PartitionDoctorTests
{
    private static readonly RoleFacts Mover = new("mover", false, true, true, true, true, true);

    private static readonly PartitionFacts Healthy = new()
    {
        VersionNumber = 150_003,
        Version = "15.3",
        IsStandby = false,
        Settings = new Dictionary<string, string>
        {
            ["wal_level"] = "logical",
            ["max_replication_slots"] = "10",
            ["max_wal_senders"] = "10",
            ["max_locks_per_transaction"] = "64",
            ["max_prepared_transactions"] = "0",
            ["max_slot_wal_keep_size"] = "-1",
            ["fsync"] = "on",
            ["full_page_writes"] = "on",
            ["server_encoding"] = "UTF8",
        },
        SlotsInUse = 1,
        SendersInUse = 1,
        Clock = (TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(1)),
        Long = [],
        Prepared = [],
        Installer = new("installer", false, false, false, true, true, true),
        Mover = Mover,
        Application = new("app", false, false, false, false, false, false),
        Identity = new(1, "main", PostgreSql.PartitionTables.Format, true, true),
        TablesWithoutGrants = [],
    };

    public static TheoryData<string, string, string> Settings => new()
    {
        { "wal_level", "replica", "problem" },
        { "max_replication_slots", "1", "problem" },
        { "max_wal_senders", "3", "warning" },
        { "max_locks_per_transaction", "32", "warning" },
        { "max_prepared_transactions", "5", "warning" },
        { "max_slot_wal_keep_size", "64", "warning" },
        { "fsync", "off", "problem" },
        { "full_page_writes", "off", "warning" },
        { "server_encoding", "SQL_ASCII", "problem" },
    };

    [Fact]
    public void Of_a_server_as_it_should_be_nothing_is_to_change() =>
        Assert.All(Judge(Healthy), one => Assert.Equal((DiagnosisState.Ok, null), (one.State, one.Advice)));

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_setting_that_should_be_another_is_named_with_what_to_change(string name, string value, string state) =>
        MustFind(Healthy with { Settings = new Dictionary<string, string>(Healthy.Settings) { [name] = value } }, name, state);

    [Fact]
    public void What_else_can_be_wrong_is_named_with_what_to_change()
    {
        var old = new OpenTransaction("process 7", "app", TimeSpan.FromHours(1));
        MustFind(Healthy with { VersionNumber = 140_000 }, "version", "problem");
        MustFind(Healthy with { KeptSlots = 1 }, "max_slot_wal_keep_size", "warning");
        MustFind(Healthy with { IsStandby = true }, "server", "problem");
        MustFind(Healthy with { SynchronousCommit = "off" }, "synchronous_commit", "warning");
        MustFind(Healthy with { Long = [old] }, "long transaction", "warning");
        MustFind(Healthy with { Prepared = [old] }, "prepared transaction", "problem");
        MustFind(Healthy with { Mover = Mover with { MayReplicate = false } }, "mover", "problem");
        MustFind(Healthy with { Mover = Mover with { MaySwitchTriggersOff = false } }, "mover", "problem");
        MustFind(Healthy with { Mover = Mover with { OwnsTables = false } }, "mover", "problem");
        MustFind(Healthy with { Application = Healthy.Application with { IsSuperuser = true } }, "application", "warning");
        MustFind(Healthy with { Application = Healthy.Application with { WritesOwnerRows = true } }, "application", "warning");
        MustFind(Healthy with { TablesWithoutGrants = ["orders"] }, "application", "problem");
        MustFind(Healthy with { Clock = (TimeSpan.FromMinutes(-3), TimeSpan.FromSeconds(1)) }, "clock", "warning");
        MustFind(Healthy with { Identity = null }, "partition", "problem");
        MustFind(Healthy with { Identity = Healthy.Identity! with { Id = 2 } }, "partition", "problem");
        MustFind(Healthy with { Identity = Healthy.Identity! with { Store = "other" } }, "store", "problem");
        MustFind(Healthy with { Identity = Healthy.Identity! with { Format = 99 } }, "format", "problem");
        MustFind(Healthy with { Identity = Healthy.Identity! with { IsSameTimeline = false } }, "timeline", "problem");
        MustFind(Healthy with { Identity = Healthy.Identity! with { IsSameServer = false } }, "timeline", "problem");
    }

    [Fact]
    public void A_slow_way_to_the_server_is_not_taken_for_a_wrong_clock() =>
        Assert.DoesNotContain(
            Judge(Healthy with { Clock = (TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5)) }), one => one.State != DiagnosisState.Ok);

    [Fact]
    public void Before_there_is_a_store_its_databases_must_be_empty_and_its_installer_able()
    {
        var empty = Healthy with { Identity = null };
        var unable = empty with { Installer = empty.Installer with { MayCreate = false } };

        Assert.All(Judge(empty, id: null), one => Assert.Equal(DiagnosisState.Ok, one.State));
        Assert.Equal("installer", Assert.Single(Judge(unable, id: null), one => one.State == DiagnosisState.Problem).Check);
        Assert.Equal("partition", Assert.Single(Judge(Healthy, id: null), one => one.State == DiagnosisState.Warning).Check);
    }

    private static void MustFind(PartitionFacts facts, string check, string state)
    {
        var found = Assert.Single(Judge(facts), one => one.State != DiagnosisState.Ok);
        Assert.Equal((check, state), (found.Check, Output.Words.Of(found.State)));
        Assert.NotEmpty(found.Advice!);
    }

    private static List<Diagnosis> Judge(PartitionFacts facts, int? id = 1) =>
        [.. new PartitionDoctor("p1", "main", id is { } number ? new PartitionId(number) : null, facts).Judge()];
}
