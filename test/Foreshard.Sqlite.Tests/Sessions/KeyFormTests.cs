using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Sessions;

/// <summary>Keys and groups of every kind, as the driver writes them, are found again after isolating, splitting, moving and merging.</summary>
public sealed class KeyFormTests
{
    private static readonly Guid Uuid = Guid.Parse("0191f2c4-8a3e-7c5d-9b2f-00ffabcdef12");

    public static TheoryData<string> Cases => [.. Made.Keys];

    private static readonly Dictionary<string, (KeyKind Kind, string Type, object Key, GroupKind Group, string GroupType, object[] Positions)> Made = new()
    {
        ["integer, integer"] = (KeyKind.Integer, "INTEGER", -5L, GroupKind.Integer, "INTEGER", [-10L, 0L, 7L, long.MaxValue]),
        ["largest integer, date"] = (KeyKind.Integer, "BIGINT", long.MaxValue, GroupKind.Date, "TEXT", Dates),
        ["text, declared date"] = (KeyKind.Text, "TEXT", "Größe 'x' \"y\" 007", GroupKind.Date, "DATE", Dates),
        ["empty text, time"] = (KeyKind.Text, "TEXT", "", GroupKind.Time, "TEXT", Times),
        ["uuid as text, time"] = (KeyKind.Uuid, "TEXT", Uuid.ToString("D").ToUpperInvariant(), GroupKind.Time, "DATETIME", Times),
        ["uuid as bytes, integer"] = (KeyKind.Uuid, "BLOB", Uuid.ToByteArray(), GroupKind.Integer, "INTEGER", [1L, 2L, 3L, 4L]),
        ["uuid, segment"] = (KeyKind.Uuid, "GUID", Uuid.ToString("D").ToUpperInvariant(), GroupKind.Segment, "TEXT", ["", "a", "A", "ä'\"%_"]),
    };

    private static object[] Dates => [new DateOnly(1, 1, 1), new DateOnly(2026, 2, 28), new DateOnly(2026, 3, 1), new DateOnly(9999, 12, 31)];

    private static object[] Times =>
    [
        new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc), new DateTime(2026, 3, 1, 12, 0, 0, 250, DateTimeKind.Utc),
        new DateTime(2026, 3, 1, 12, 0, 1, DateTimeKind.Utc), new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc).AddTicks(1),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Rows_are_found_wherever_they_went(string name)
    {
        var made = Made[name];
        var schema = Declare(made.Kind, made.Group);
        await using var store = await TempStore.OpenAsync(schema, Ddl(made.Type, made.GroupType));
        var entity = made.Key is byte[] ? schema["thing"].Key(Uuid) : schema["thing"].Parse(made.Key.ToString()!);
        await WriteAsync(store.Store, entity, default, "INSERT INTO things (id, name) VALUES (@key, 'x')", made.Key);
        foreach (var position in made.Positions) await AddAsync(store.Store, entity, made.Key, position);
        var home = store.PartitionOf(entity);
        await CheckAsync();

        await store.Store.MoveAsync(entity, store.AnotherThan(entity));
        await CheckAsync();
        var points = made.Group == GroupKind.Segment
            ? SplitPoints.Segments(["a", "ä'\"%_"])
            : SplitPoints.At([.. made.Positions.Skip(1).Take(2).Select(Group)]);
        await store.Store.SplitAsync(entity, points);
        await CheckAsync();
        await store.Store.MoveAsync(entity, store.AnotherThan(entity), Group(made.Positions[^1]));
        await CheckAsync();
        await store.Store.MergeAsync(entity);
        await store.Store.FoldAsync(entity);
        Assert.Equal(home, store.PartitionOf(entity));
        await CheckAsync();

        async Task CheckAsync()
        {
            foreach (var position in made.Positions)
            {
                var found = await store.Store.QueryAsync(
                    entity, "SELECT count(*) FROM events WHERE thing_id = @key AND at = @at", TempStore.Line, Arguments(made.Key, position), Group(position));
                Assert.Equal(["1"], found);
            }

            Assert.Equal(["4"], await store.Store.QueryAsync(entity, "SELECT count(*) FROM events WHERE thing_id = @key", TempStore.Line,
                Arguments(made.Key, "")));
            await store.AssertWholeAsync();
        }
    }

    [Theory]
    [InlineData("integer, integer", "'abc'")]
    [InlineData("largest integer, date", "'2026-3-1'")]
    [InlineData("largest integer, date", "'2026-03-01 00:00:00'")]
    [InlineData("empty text, time", "'2026-03-01T12:00:00'")]
    [InlineData("empty text, time", "'2026-03-01 12:00:00.500'")]
    [InlineData("empty text, time", "'2026-03-01'")]
    public async Task A_group_that_is_not_in_its_canonical_form_stops_a_split(string name, string malformed)
    {
        var made = Made[name];
        var schema = Declare(made.Kind, made.Group);
        await using var store = await TempStore.OpenAsync(schema, Ddl(made.Type, made.GroupType));
        var entity = schema["thing"].Parse(made.Key.ToString()!);
        await WriteAsync(store.Store, entity, default, "INSERT INTO things (id, name) VALUES (@key, 'x')", made.Key);
        await WriteAsync(store.Store, entity, Group(made.Positions[0]), $"INSERT INTO events (thing_id, at, id) VALUES (@key, {malformed}, 1)", made.Key);

        var stopped = await Assert.ThrowsAsync<MoveAbortedException>(() => store.Store.SplitAsync(entity, SplitPoints.At(Group(made.Positions[1]))));

        Assert.Contains("events", stopped.Message, StringComparison.Ordinal);
        Assert.Single(store.Store.Where(entity).Shards);
        Assert.Equal(["1"], await store.ReadAsync(entity, "SELECT count(*) FROM events"));
    }

    [Theory]
    [InlineData("TEXT COLLATE NOCASE", "TEXT")]
    [InlineData("INTEGER", "TEXT")]
    [InlineData("TEXT", "TEXT COLLATE NOCASE")]
    public async Task Columns_that_hold_one_key_in_several_ways_are_refused(string keyType, string groupType)
    {
        var refused = await Assert.ThrowsAsync<SchemaException>(() => TempStore.OpenAsync(Declare(KeyKind.Text, GroupKind.Segment), Ddl(keyType, groupType)));

        Assert.NotEmpty(refused.Problems);
        Assert.All(refused.Problems, problem => Assert.NotEmpty(problem.Remedy));
    }

    private static StoreSchema Declare(KeyKind kind, GroupKind group) => StoreSchema.Define(schema => schema.Entity("thing", kind, thing =>
    {
        thing.Root("things", "id").KeyColumn("thing_id").Splittable();
        _ = group == GroupKind.Segment ? thing.GroupBySegment("at") : thing.GroupByInterval("at", group);
    }));

    private static string Ddl(string keyType, string groupType) => $"""
        CREATE TABLE things (id {keyType} NOT NULL PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE events (thing_id {keyType} NOT NULL REFERENCES things (id), at {groupType} NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (thing_id, at, id));
        """;

    private static GroupKey Group(object position) => position switch
    {
        long number => number,
        DateOnly day => day,
        DateTime time => time,
        _ => (string)position,
    };

    private static Task<int> AddAsync(EntityStore store, EntityKey entity, object key, object position) => store.ExecuteAsync(
        entity, Group(position), "INSERT INTO events (thing_id, at, id) VALUES (@key, @at, 1)", Arguments(key, position));

    private static Task<int> WriteAsync(EntityStore store, EntityKey entity, GroupKey group, string sql, object key) =>
        store.ExecuteAsync(entity, group, sql, new Dictionary<string, object?> { ["@key"] = key });

    private static Dictionary<string, object?> Arguments(object key, object position) => new() { ["@key"] = key, ["@at"] = position };
}
