using Foreshard.Cli.Fleets;
using Foreshard.Schema;

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>How a fleet is reached: flags win over the environment, which wins over the file.</summary>
public sealed class FleetSettingsTests
{
    private const string Section = """
        {
          "fleet": {
            // comments are fine
            "etcd": { "endpoints": ["https://a:1", "https://b:2"], "caFile": "ca.pem", "timeoutSeconds": 2.5 },
            "store": "filed",
            "region": "north",
            "postgresql": { "installer": "filed_installer", "mover": "filed_mover", "sessions": "Host=pool;Port=6432" },
            "partitions": [{ "name": "p1", "location": "Host=db1;Database=shop", "region": "eu", "capacity": 500, "sizeBudget": 1000, "writeLog": true }],
          },
        }
        """;

    [Fact]
    public void What_the_file_says_becomes_the_options_of_the_store()
    {
        using var shell = new Shell();
        shell.Write("fleet.json", Section);

        var options = Address(shell, "fleet.json").StoreOptions;

        Assert.Equal(["https://a:1", "https://b:2"], options.Mapping.Endpoints);
        Assert.Equal(Path.Combine(shell.Folder, "ca.pem"), options.Mapping.CaFile); // beside the file, wherever the command runs
        Assert.Equal(TimeSpan.FromSeconds(2.5), options.Mapping.Timeout);
        Assert.Equal(("filed", "north"), (options.Mapping.Store, options.Region));
        Assert.Equal(("filed_installer", "filed_mover", null), (options.Partitions.Installer, options.Partitions.Mover, options.Partitions.Application));
        var partition = Assert.Single(options.InitialPartitions);
        Assert.Equal(("p1", "Host=db1;Database=shop", "eu"), (partition.Name, partition.Settings.Location, partition.Settings.Region));
        Assert.Equal((500, 1000, true), (partition.Settings.CapacityPerSecond, partition.Settings.SizeBudgetBytes, partition.Settings.WriteLog));
        var sessions = new Npgsql.NpgsqlConnectionStringBuilder("Host=db1;Database=shop;Username=app");
        options.Partitions.Sessions!(sessions);
        Assert.Equal(("pool", 6432, "shop", "app"), (sessions.Host, sessions.Port, sessions.Database, sessions.Username));
    }

    [Fact]
    public void Flags_win_over_the_environment_which_wins_over_the_file()
    {
        using var shell = new Shell();
        shell.Write("fleet.json", Section);
        var environment = new Dictionary<string, string>
        {
            ["FORESHARD_FLEET__FILE"] = Path.Combine(shell.Folder, "fleet.json"),
            ["FORESHARD_FLEET__STORE"] = "said",
            ["FORESHARD_FLEET__ETCD__ENDPOINTS"] = "https://c:3, https://d:4",
            ["FORESHARD_FLEET__POSTGRESQL__MOVER"] = "said_mover",
            ["FORESHARD_FLEET__REGION"] = "",
            ["PATH"] = "unrelated",
        };

        var said = FleetAddress.Of(null, null, null, environment).StoreOptions;
        var flagged = FleetAddress.Of(null, "https://e:5", "flagged", environment).StoreOptions;

        Assert.Equal(("said", "said_mover", "filed_installer"), (said.Mapping.Store, said.Partitions.Mover, said.Partitions.Installer));
        Assert.Equal(["https://c:3", "https://d:4"], said.Mapping.Endpoints);
        Assert.Equal("north", said.Region);
        Assert.Equal("flagged", flagged.Mapping.Store);
        Assert.Equal(["https://e:5"], flagged.Mapping.Endpoints);
    }

    [Fact]
    public void The_password_of_etcd_comes_from_the_environment_and_from_nowhere_else()
    {
        using var shell = new Shell();
        shell.Write("fleet.json", """{ "fleet": { "etcd": { "user": "shop" } } }""");

        var missing = Assert.Throws<UsageException>(() => Address(shell, "fleet.json"));
        var given = FleetAddress.Of(
            Path.Combine(shell.Folder, "fleet.json"), null, null, new Dictionary<string, string> { ["FORESHARD_ETCD_PASSWORD"] = "secret" });

        Assert.Contains("FORESHARD_ETCD_PASSWORD", missing.Message, StringComparison.Ordinal);
        Assert.Equal(("shop", "secret"), (given.EtcdOptions.User, given.EtcdOptions.Password));
    }

    [Theory]
    [InlineData("""{ "entities": {} }""", "no section \"fleet\"")]
    [InlineData("""{ "fleet": { "etcd": { "password": "secret" } } }""", "etcd.password")]
    [InlineData("""{ "fleet": { "stores": "main" } }""", "stores")]
    [InlineData("""{ "fleet": { "store": 3 } }""", "store")]
    [InlineData("""{ "fleet": { "partitions": [{ "name": "p1" }] } }""", "location")]
    [InlineData("""{ "fleet": { "store": "a b" } }""", "'a b'")]
    [InlineData("""{ "fleet": { "etcd": { "endpoints": ["nonsense"] } } }""", "'nonsense'")]
    [InlineData("""{ "fleet": { "postgresql": { "sessions": "Host=pool;Password=secret" } } }""", "holds a password")]
    [InlineData("""{ "fleet": { "postgresql": { "sessions": "nonsense" } } }""", "no connection string")]
    [InlineData("""{ "fleet": """, "fleet.json")]
    public void What_a_file_says_wrong_is_named(string json, string said)
    {
        using var shell = new Shell();
        shell.Write("fleet.json", json);

        var refused = Assert.Throws<UsageException>(() => Address(shell, "fleet.json"));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_means_nothing_is_named_with_those_that_do()
    {
        var refused = Assert.Throws<UsageException>(() =>
            FleetAddress.Of(null, null, null, new Dictionary<string, string> { ["FORESHARD_FLEET__STROE"] = "main" }));

        Assert.Contains("FORESHARD_FLEET__STROE", refused.Message, StringComparison.Ordinal);
        Assert.Contains("FORESHARD_FLEET__STORE", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_file_may_say_what_the_store_holds_and_how_its_fleet_is_reached()
    {
        using var shell = new Shell();
        var file = Path.Combine(shell.Folder, "foreshard.json");

        FleetFile.Write(file, new FleetSettings { Store = "shop" });

        Assert.Equal("shop", FleetFile.Read(file).Store);
        Assert.Equal(3, StoreSchema.FromJson(File.ReadAllText(file)).EntityTypes.Length);
    }

    [Theory]
    [InlineData("status shop --fleet fleet.json", "then no STORE is")]
    [InlineData("explain shop --fleet fleet.json --entity customer/42", "not both")]
    [InlineData("check --sql schema.sql --fleet fleet.json", "not both")]
    [InlineData("event list --fleet fleet.json --file events.json", "Name one")]
    [InlineData("doctor", "--fleet FILE")]
    [InlineData("mapping rebuild --fleet fleet.json", "--export")]
    [InlineData("mapping rebuild --buckets 16", "--fleet FILE")]
    [InlineData("partition add shop p9 --location Host=db9", "for fleets")]
    [InlineData("status --fleet nowhere.json", "nowhere.json")]
    [InlineData("fleet up --partitions 0", "1 to 50")]
    public async Task What_does_not_go_together_is_said(string command, string said)
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);
        shell.Write("fleet.json", """{ "fleet": {} }""");

        Assert.Contains(said, (await shell.RunAsync(command)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    private static FleetAddress Address(Shell shell, string file) =>
        FleetAddress.Of(Path.Combine(shell.Folder, file), null, null, new Dictionary<string, string>());
}
