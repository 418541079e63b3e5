using Foreshard.Contracts;
using Foreshard.Partitions;
using Foreshard.Servers;

namespace Foreshard.PostgreSql.Tests;

/// <summary>With three roles that have what the documentation lists and nothing more.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresPartitionTests : PartitionContract
{
    private readonly Dictionary<int, string> databases = [];

    protected override IEnumerable<string> ForbiddenScripts =>
    [
        "COMMIT",
        "ROLLBACK",
        "COMMIT; BEGIN",
        "SAVEPOINT a; RELEASE a; END",
        "SET session_replication_role = replica",
        "DELETE FROM foreshard.owner",
        "TRUNCATE foreshard.owner",
        "UPDATE foreshard.operation SET attempt = 0",
        "DROP TABLE foreshard.owner",
        "ALTER TABLE foreshard.owner RENAME TO owners",
        "ALTER TABLE foreshard.owner DISABLE TRIGGER foreshard_refuse",
        "CREATE OR REPLACE FUNCTION foreshard.timeline() RETURNS text LANGUAGE sql AS 'SELECT ''x'''",
        "CREATE TABLE foreshard.mine (id integer PRIMARY KEY)",
        "CREATE TABLE foreshard_mine (id integer PRIMARY KEY)",
        "CREATE INDEX CONCURRENTLY mine ON customers (name)",
        "VACUUM",
    ];

    private protected override IEnumerable<(SessionScope Scope, string Sql)> ForbiddenStatements =>
    [
        (SessionScope.Group, "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'us', 9, 1)"),
        (SessionScope.Group, "INSERT INTO orders (customer_id, region, id, total) VALUES (2, 'eu', 9, 1)"),
        (SessionScope.Group, "UPDATE orders SET region = 'us' WHERE customer_id = 1"),
        (SessionScope.Whole, "INSERT INTO customers (id, name) VALUES (3, 'other')"),
    ];

    [Fact]
    public async Task A_partition_is_not_made_over_another_and_not_taken_for_another()
    {
        await using var engine = CreateEngine();
        await engine.CreateAsync(new PartitionId(1), "part1", await LocationOfAsync(1), CancellationToken.None);

        await Assert.ThrowsAsync<PartitionServerException>(
            async () => await engine.CreateAsync(new PartitionId(1), "part1", await LocationOfAsync(1), CancellationToken.None));

        await using var partition = await engine.OpenAsync(new PartitionId(1), "part1", await LocationOfAsync(1), CancellationToken.None);
        var other = await Assert.ThrowsAsync<PartitionServerException>(
            async () => await engine.OpenAsync(new PartitionId(2), "part2", await LocationOfAsync(1), CancellationToken.None));
        Assert.Contains("p1", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_without_the_schema_is_no_partition()
    {
        await using var engine = CreateEngine();

        var missing = await Assert.ThrowsAsync<PartitionServerException>(
            async () => await engine.OpenAsync(new PartitionId(9), "part9", await LocationOfAsync(9), CancellationToken.None));

        Assert.Equal("part9", missing.Partition);
        Assert.Contains("foreshard", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_location_with_a_password_is_refused()
    {
        await using var engine = CreateEngine();

        await Assert.ThrowsAsync<ArgumentException>(
            async () => await engine.OpenAsync(new PartitionId(1), "part1", await LocationOfAsync(1) + ";Password=secret", CancellationToken.None));
    }

    private protected override IPartitionEngine CreateEngine() => new PostgresEngine(Roles.Options);

    private protected override async Task<string> LocationOfAsync(int partition)
    {
        if (!databases.TryGetValue(partition, out var location)) databases[partition] = location = await Roles.CreateDatabaseAsync();
        return location;
    }

    private protected override async Task RemoveAsync()
    {
        foreach (var location in databases.Values) await PostgresDatabases.DropAsync(location);
    }
}
