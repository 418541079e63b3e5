using System.Globalization;
using System.Net;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Spectre.Console;

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>Commands on a store, with a fleet in place of a folder.</summary>
[Trait("Category", "Slow")]
public sealed class FleetCommandTests(SharedFleet fleet)
{
    private const string On = " --fleet fleet.json";

    [Fact]
    public async Task A_store_is_made_filled_split_moved_and_checked_on_a_fleet()
    {
        using var shell = await fleet.StoreAsync(partitions: 2);
        await AddCustomerAsync(shell, 42, orders: 20);

        var status = (await shell.RunAsync("status --json" + On)).Expect(ExitCode.Done).Json;
        (await shell.RunAsync("isolate customer/42" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("split customer/42 --segments eu" + On)).Expect(ExitCode.Done);
        var from = (string)(await shell.RunAsync("where customer/42 eu --json" + On)).Json["shards"]![0]!["partition"]!;
        var to = from == "p1" ? "p2" : "p1";
        (await shell.RunAsync($"move customer/42 {to} --group eu" + On)).Expect(ExitCode.Done);
        var where = (await shell.RunAsync("where customer/42 eu --json" + On)).Expect(ExitCode.Done).Json;
        (await shell.RunAsync("merge customer/42" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("fold customer/42" + On)).Expect(ExitCode.Done);
        var moves = (await shell.RunAsync("moves --json" + On)).Expect(ExitCode.Done).Json.AsArray();

        Assert.Equal(1, (int?)status["schemaVersion"]);
        Assert.Equal(2, status["partitions"]!.AsArray().Count);
        Assert.All(status["partitions"]!.AsArray(), partition => Assert.True((long?)partition!["fileBytes"] > 1_000_000));
        Assert.Equal(to, (string?)where["shards"]![0]!["partition"]);
        Assert.Contains(moves, move => (string?)move!["kind"] == "move");
        Assert.Contains("on 2 partitions", (await shell.RunAsync("verify" + On)).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        Assert.Equal(40, await CountOrdersAsync(shell, 42));
    }

    [Fact]
    public async Task A_partition_is_reconciled_by_its_name_and_what_it_lacks_is_said()
    {
        using var shell = await fleet.StoreAsync(partitions: 2);

        var same = (await shell.RunAsync("partition reconcile p1" + On)).Expect(ExitCode.Done);
        var unknown = (await shell.RunAsync("partition reconcile p9" + On)).Expect(ExitCode.Refused);

        Assert.Contains("is on the server that it was on", same.Output, StringComparison.Ordinal);
        Assert.Contains("'p9'", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_are_added_by_their_databases_and_drained_and_removed()
    {
        using var shell = await fleet.StoreAsync(partitions: 2);
        var third = await DatabaseAsync(shell, "third");

        var without = (await shell.RunAsync("partition add north" + On)).Expect(ExitCode.Usage);
        var added = (await shell.RunAsync($"partition add north --region eu --capacity 500 --location \"{third}\" --json" + On)).Expect(ExitCode.Done).Json;
        (await shell.RunAsync("partition set north --capacity 600" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("drain p1" + On)).Expect(ExitCode.Done);
        var removed = (await shell.RunAsync("partition remove p1" + On)).Expect(ExitCode.Done);
        var left = (await shell.RunAsync("partition list --json" + On)).Expect(ExitCode.Done).Json.AsArray();

        Assert.Contains("--location", without.Error, StringComparison.Ordinal);
        Assert.Equal("eu", (string?)added["region"]);
        Assert.Contains("Its database is still there", removed.Output, StringComparison.Ordinal);
        Assert.Equal(["p2", "north"], left.Select(partition => (string?)partition!["name"]));
        Assert.Equal(16, left.Sum(partition => (int?)partition!["units"]));
        (await shell.RunAsync("verify" + On)).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task Tables_are_changed_and_checked_on_a_fleet()
    {
        using var shell = await fleet.StoreAsync(partitions: 1);
        shell.Write("authors.sql", "ALTER TABLE notes ADD COLUMN author text;");
        shell.Write("other.json", """{ "entities": { "customer": { "key": "text", "root": "customers", "rootKey": "id", "keyColumn": "customer_id" } } }""");

        var applied = (await shell.RunAsync("apply 2 authors.sql" + On)).Expect(ExitCode.Done);
        var broken = (await shell.RunAsync("check --schema other.json" + On)).Expect(ExitCode.Found);

        Assert.Contains("version 2 is on all 1 partition", applied.Output, StringComparison.Ordinal);
        Assert.NotEmpty(broken.Output);
        (await shell.RunAsync("check" + On)).Expect(ExitCode.Done); // the store still keeps what it kept
    }

    [Fact]
    public async Task A_script_that_breaks_rules_leaves_a_store_without_tables_that_a_better_one_fills()
    {
        using var shell = await fleet.ShellAsync(partitions: 1);
        shell.Write("bad.sql", "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL); CREATE TABLE orders (id bigint, customer_id bigint);");

        var found = (await shell.RunAsync("init --schema foreshard.json --sql bad.sql --buckets 16" + On)).Expect(ExitCode.Found);

        Assert.Contains("apply", found.Error, StringComparison.Ordinal);
        (await shell.RunAsync("apply 1 schema.sql" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("init" + On)).Expect(ExitCode.Refused);
    }

    [Fact]
    public async Task The_environment_may_say_which_fleet_is_meant()
    {
        using var shell = await fleet.StoreAsync(partitions: 1);
        var environment = new Dictionary<string, string> { ["FORESHARD_FLEET__FILE"] = Path.Combine(shell.Folder, "fleet.json") };

        var status = (await shell.RunAsync("where customer/42", environment: environment)).Expect(ExitCode.Done);
        var other = (await shell.RunAsync("status --store other", environment: environment)).Expect(ExitCode.Failed);

        Assert.Contains("customer/42 is on partition p1", status.Output, StringComparison.Ordinal);
        Assert.Contains("'other'", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_announced_to_a_fleet()
    {
        using var shell = await fleet.StoreAsync(partitions: 1);

        (await shell.RunAsync("event add --entity customer/42 --from 2026-12-01T00:00Z --to 2026-12-02T00:00Z --times 4" + On)).Expect(ExitCode.Done);
        var listed = (await shell.RunAsync("event list --json" + On)).Expect(ExitCode.Done).Json.AsArray();
        (await shell.RunAsync("event remove --id 1" + On)).Expect(ExitCode.Done);

        Assert.Equal("customer/42", (string?)Assert.Single(listed)!["entity"]);
        Assert.Empty((await shell.RunAsync("event list --json" + On)).Json.AsArray());
    }

    [Fact]
    public async Task A_fleet_is_served_and_advised_on()
    {
        using var shell = await fleet.StoreAsync(partitions: 1);
        shell.Write("access.csv", "time,entity,cost\n");
        (await shell.RunAsync("partition set p1 --capacity 100" + On)).Expect(ExitCode.Done);

        var served = await UntilAsync(shell, "serve --urls http://127.0.0.1:0 --json" + On, "\"urls\"", async line =>
        {
            using var client = new HttpClient();
            var url = System.Text.Json.Nodes.JsonNode.Parse(line)!["urls"]![0]!.ToString();
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(url + "/health"), TestContext.Current.CancellationToken)).StatusCode);
        });
        (await shell.RunAsync("decisions --json" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("explain --entity customer/42 --json" + On)).Expect(ExitCode.Done);

        Assert.Equal(ExitCode.Done, served);
    }

    /// <summary>Gives a command Ctrl+C once it has printed a line with that, and was looked at.</summary>
    private static async Task<int> UntilAsync(Shell shell, string command, string text, Func<string, Task> look)
    {
        using var output = new LineWriter();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource();
        var running = Program.RunAsync(shell.Words(command), new Terminal(output, error, 120, AnsiSupport.No, TimeProvider.System), stop.Token);
        await output.WaitForAsync(text, TimeSpan.FromMinutes(1));
        await look(output.ToString().Split('\n').First(line => line.Contains(text, StringComparison.Ordinal)));
        await stop.CancelAsync();
        return await running;
    }

    private static async Task AddCustomerAsync(Shell shell, long id, int orders)
    {
        await using var store = await OpenAsync(shell);
        var customer = store.Schema["customer"].Key(id);
        await store.ExecuteAsync(customer, default, $"INSERT INTO customers (id, name) VALUES ({id}, 'c{id}')");
        foreach (var region in new[] { "eu", "us" })
            await store.ExecuteAsync(customer, region, $"INSERT INTO orders SELECT {id}, '{region}', i, i * 10 FROM generate_series(1, {orders}) i");
    }

    private static async Task<long> CountOrdersAsync(Shell shell, long id)
    {
        await using var store = await OpenAsync(shell);
        await using var session = await store.BeginAsync(store.Schema["customer"].Key(id), options: new SessionOptions { ReadOnly = true });
        await using var command = session.Connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM orders WHERE customer_id = {id}";
        command.Transaction = session.Transaction;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static Task<EntityStore> OpenAsync(Shell shell) =>
        new Cli.Fleets.FleetPlace(SharedFleet.AddressOf(shell)).OpenAsync(new(TimeProvider.System), TestContext.Current.CancellationToken);

    /// <summary>One more empty database beside that of the first partition.</summary>
    private static async Task<string> DatabaseAsync(Shell shell, string name)
    {
        var address = SharedFleet.AddressOf(shell);
        var first = new Npgsql.NpgsqlConnectionStringBuilder(address.Settings.Partitions[0].Location);
        var database = string.Create(CultureInfo.InvariantCulture, $"{first.Database}_{name}");
        await SharedFleet.ExecuteAsync(first.ConnectionString, null, $"CREATE DATABASE {database}");
        var installer = address.Settings.PostgreSql.Installer;
        await SharedFleet.ExecuteAsync(
            first.ConnectionString, database, $"GRANT CREATE ON DATABASE {database} TO {installer}; GRANT CREATE ON SCHEMA public TO {installer}");
        first.Database = database;
        return first.ConnectionString;
    }
}
