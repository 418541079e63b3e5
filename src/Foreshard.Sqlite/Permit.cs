using System.Text;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>Which tables a session may read and write, looked up by the bytes that SQLite's authorizer gets. Immutable.</summary>
internal sealed class Permit
{
    private readonly Entry[] entries;

    private Permit(string description, IReadOnlyCollection<(string Table, bool MayRead, bool MayWrite)> tables)
    {
        Description = description;
        var size = 4;
        while (size < tables.Count * 2) size *= 2;
        entries = new Entry[size];
        foreach (var (table, mayRead, mayWrite) in tables)
        {
            var name = Encoding.UTF8.GetBytes(table);
            var slot = Hash(name) & (size - 1);
            while (entries[slot].Name is not null) slot = (slot + 1) & (size - 1);
            entries[slot] = new Entry(name, mayRead, mayWrite);
        }
    }

    /// <summary>Everything: for what Foreshard itself does on a connection.</summary>
    public static Permit Everything { get; } = new("Foreshard itself", []);

    /// <summary>Everything in the schema but Foreshard's own tables, and no transactions: for the application's schema scripts.</summary>
    public static Permit SchemaScript { get; } = new("a schema script", []);

    /// <summary>For messages: what kind of session this is.</summary>
    public string Description { get; }

    /// <summary>What a session of that scope on an entity of that type may do.</summary>
    public static Permit For(EntityLayout entity, SessionScope scope, StoreLayout layout)
    {
        var description = scope switch
        {
            SessionScope.ReadOnly => $"a read-only session on '{entity.Type}'",
            SessionScope.Group => $"a session on one group of '{entity.Type}', which writes grouped rows and nothing else",
            _ when entity.IsSplittable => $"a session on the whole of '{entity.Type}', which writes core rows and nothing else",
            _ => $"a session on '{entity.Type}'",
        };
        return new Permit(
            description,
            [
                .. entity.Tables.Select(table => (table.Name, true, MayWrite(entity, table, scope))),
                .. layout.Entities.Where(other => other != entity).SelectMany(other => other.Tables).Select(table => (table.Name, false, false)),
                .. layout.References.Select(table => (table.Name, true, false)),
            ]);
    }

    /// <summary>Writes reference tables and reads them; entities' tables only if that is said.</summary>
    public static Permit ForReferences(StoreLayout layout, bool mayReadEntities) =>
        new("a session on reference tables", [
            .. layout.References.Select(table => (table.Name, true, true)),
            .. layout.Entities.SelectMany(entity => entity.Tables).Select(table => (table.Name, mayReadEntities, false)),
        ]);

    /// <summary>False for the tables of other entity types only: what reads views and common table expressions is asked about their tables too.</summary>
    public bool MayRead(ReadOnlySpan<byte> table) => Find(table) is not { Name: not null, MayRead: false };

    /// <summary>Whether it is one of the schema's tables.</summary>
    public bool Knows(ReadOnlySpan<byte> table) => Find(table).Name is not null;

    public bool MayWrite(ReadOnlySpan<byte> table) => Find(table).MayWrite;

    private static bool MayWrite(EntityLayout entity, TableLayout table, SessionScope scope) => scope switch
    {
        SessionScope.ReadOnly => false,
        _ when !entity.IsSplittable => true,
        SessionScope.Group => table.Role == TableRole.Grouped,
        _ => table.Role != TableRole.Grouped,
    };

    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var b in name) hash = unchecked((hash ^ b) * 16777619u);
        return unchecked((int)(hash & int.MaxValue));
    }

    private Entry Find(ReadOnlySpan<byte> table)
    {
        var slot = Hash(table) & (entries.Length - 1);
        while (entries[slot] is { Name: { } name } entry)
        {
            if (table.SequenceEqual(name)) return entry;
            slot = (slot + 1) & (entries.Length - 1);
        }

        return default;
    }

    private readonly record struct Entry(byte[]? Name, bool MayRead, bool MayWrite);
}
