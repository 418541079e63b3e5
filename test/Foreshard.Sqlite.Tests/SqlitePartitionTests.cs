using System.Globalization;
using Foreshard.Contracts;
using Foreshard.Partitions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests;

public sealed class SqlitePartitionTests : PartitionContract
{
    private readonly string folder = Directory.CreateTempSubdirectory("foreshard-partition-").FullName;

    protected override IEnumerable<string> ForbiddenScripts =>
    [
        "COMMIT",
        "ROLLBACK",
        "COMMIT; BEGIN",
        "SAVEPOINT a; RELEASE a; END",
        "ATTACH DATABASE 'elsewhere.db' AS elsewhere",
        "DETACH DATABASE main",
        "PRAGMA foreign_keys = ON",
        "PRAGMA user_version = 3",
        "PRAGMA journal_mode = DELETE",
        "DELETE FROM foreshard_owner",
        "DROP TABLE foreshard_owner",
        "ALTER TABLE foreshard_owner RENAME TO owners",
        "CREATE TABLE foreshard_mine (id INTEGER PRIMARY KEY)",
        "VACUUM",
    ];

    private protected override IEnumerable<(SessionScope Scope, string Sql)> ForbiddenStatements =>
    [
        (SessionScope.Whole, "CREATE TABLE colours (code TEXT PRIMARY KEY NOT NULL)"),
        (SessionScope.Group, "COMMIT"),
    ];

    [Fact]
    public async Task A_folder_without_the_file_is_no_partition()
    {
        await using var engine = CreateEngine();

        var missing = await Assert.ThrowsAsync<PartitionFileException>(() =>
            engine.OpenAsync(new PartitionId(9), "part9", LocationOf(9), CancellationToken.None).AsTask());

        Assert.Equal(("part9", 0), (missing.Partition, missing.ErrorCode));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_partition_is_not_made_over_another()
    {
        await using var engine = CreateEngine();
        await engine.CreateAsync(new PartitionId(1), "part1", LocationOf(1), CancellationToken.None);

        await Assert.ThrowsAnyAsync<Exception>(() => engine.CreateAsync(new PartitionId(1), "part1", LocationOf(1), CancellationToken.None).AsTask());

        await using var partition = await engine.OpenAsync(new PartitionId(1), "part1", LocationOf(1), CancellationToken.None);
        await Assert.ThrowsAsync<StoreFormatException>(() => engine.OpenAsync(new PartitionId(2), "part2", LocationOf(1), CancellationToken.None).AsTask());
    }

    private protected override IPartitionEngine CreateEngine() =>
        new SqliteEngine(folder, new SqliteOptions(IsReadOnly: false, IsFullSync: false, AlwaysCheckRows: false, TimeProvider.System));

    private protected override Task<string> LocationOfAsync(int partition) => Task.FromResult(LocationOf(partition));

    private protected override Task RemoveAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    private static string LocationOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"p{partition}.db");
}
