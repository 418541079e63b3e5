using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Foreshard.Sqlite;

/// <summary>
/// Keeps a session inside its scope: SQLite asks it about every table that a statement touches, when the statement is prepared.
/// </summary>
/// <remarks>
/// One per connection and used by whoever holds the connection. Statements prepared under one permit are prepared again under the
/// next, because setting the authorizer expires them.
/// </remarks>
internal sealed unsafe class Authorizer : IDisposable
{
    private const string ChangesSchema = "may not change the schema, attach or analyze; see ApplySchemaAsync. It tried that on";

    private const int Ok = 0;
    private const int Deny = 1;

    // Action codes of sqlite3.h.
    private const int ActionDelete = 9;
    private const int ActionInsert = 18;
    private const int ActionPragma = 19;
    private const int ActionRead = 20;
    private const int ActionSelect = 21;
    private const int ActionTransaction = 22;
    private const int ActionUpdate = 23;
    private const int ActionAttach = 24;
    private const int ActionDetach = 25;
    private const int ActionFunction = 31;
    private const int ActionSavepoint = 32;
    private const int ActionRecursive = 33;

    private static readonly HashSet<string> ReadingPragmas = new(StringComparer.OrdinalIgnoreCase)
    {
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list", "compile_options",
        "function_list", "collation_list", "database_list", "data_version",
    };

    private readonly nint database;
    private GCHandle self;
    private Permit permit = Permit.Everything;
    private bool mayEndTransaction = true;
    private bool isClosed;
    private bool isRolledBack;

    public Authorizer(nint database)
    {
        this.database = database;
        self = GCHandle.Alloc(this, GCHandleType.Weak);
        Install();
    }

    /// <summary>Null, or what was refused last, in words.</summary>
    public string? Violation { get; private set; }

    /// <summary>Whether the session made temporary objects: the connection must not be used by another.</summary>
    public bool IsSoiled { get; private set; }

    /// <summary>From here on the session's own statements run, and only what it may do is prepared.</summary>
    public void Enter(Permit next)
    {
        mayEndTransaction = false;
        isRolledBack = false;
        if (!ReferenceEquals(next, Permit.Everything)) Violation = null;
        if (ReferenceEquals(permit, next)) return;
        permit = next;
        Install();
    }

    /// <summary>The transaction is about to be ended by whom it belongs to.</summary>
    public void AllowEnd() => mayEndTransaction = true;

    /// <summary>The session is over, but whoever had it may still hold the connection: nothing is prepared any more.</summary>
    public void Close() => isClosed = true;

    /// <summary>The connection is free for the next session.</summary>
    public void Reopen()
    {
        isClosed = false;
        mayEndTransaction = true;
    }

    /// <summary>Something was put on the connection that another session must not meet.</summary>
    public void Soil() => IsSoiled = true;

    public void Dispose() => Dispose(isConnected: true);

    public void Dispose(bool isConnected)
    {
        if (isConnected) _ = Native.SetAuthorizer(database, null, 0);
        self.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Authorize(nint context, int action, byte* first, byte* second, byte* schema, byte* trigger)
    {
        try
        {
            return GCHandle.FromIntPtr(context).Target is Authorizer authorizer ? authorizer.Decide(action, first, second, schema, trigger) : Deny;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return Deny;
        }
    }

    private static string Words(byte* text) => text is null ? "" : Encoding.UTF8.GetString(Bytes(text));

    private static ReadOnlySpan<byte> Bytes(byte* text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);

    private void Install() => _ = Native.SetAuthorizer(database, &Authorize, GCHandle.ToIntPtr(self));

    private int Decide(int action, byte* first, byte* second, byte* schema, byte* trigger)
    {
        if (isClosed) return Refuse("is over: it was committed before", first);
        if (ReferenceEquals(permit, Permit.Everything)) return Ok;
        if (ReferenceEquals(permit, Permit.SchemaScript)) return DecideScript(action, first, second);
        switch (action)
        {
            case ActionSelect or ActionSavepoint or ActionRecursive:
                return Ok;
            case ActionRead:
                return permit.MayRead(Bytes(first)) ? Ok : Refuse("may not read", first);
            case ActionInsert or ActionUpdate or ActionDelete:
                return DecideWrite(first, schema, trigger);
            case ActionTransaction when mayEndTransaction:
                return Ok;
            case ActionTransaction when Bytes(first).SequenceEqual("ROLLBACK"u8):
                isRolledBack = true;
                return Ok;
            case ActionTransaction:
                return Refuse("ends with CommitAsync, not with", first);
            case ActionFunction:
                return Bytes(second).SequenceEqual("load_extension"u8) ? Refuse("may not call", second) : Ok;
            case ActionPragma:
                return ReadingPragmas.Contains(Words(first)) ? Ok : Refuse("may not run PRAGMA", first);
            case 3 or 4 or 5 or 6 or 12 or 13 or 14 or 15: // temporary indexes, tables, triggers and views
                if (IsReserved(first)) return Refuse("may not make or drop", first);
                IsSoiled = true;
                return Ok;
            default:
                return Refuse(ChangesSchema, first);
        }
    }

    private int DecideWrite(byte* table, byte* schema, byte* trigger)
    {
        if (isRolledBack) return Refuse("was rolled back; begin another one. It may not write", table);
        if (permit.MayWrite(Bytes(table))) return Ok;
        if (Bytes(table).SequenceEqual("sqlite_master"u8)) return Refuse(ChangesSchema, table);

        // The views of a split entity have the names of its tables: what may not be written whole may not be written split.
        if (IsTemporary(schema) && !permit.Knows(Bytes(table))) return Ok;

        // Our triggers write to our logs and nowhere else, and nobody else's trigger or view has such a name.
        return IsReserved(trigger) && IsReserved(table) ? Ok : Refuse("may not write", table);
    }

    /// <summary>The names of tables stand first or second, and behind the database's name where a table is altered.</summary>
    private int DecideScript(int action, byte* first, byte* second) => action switch
    {
        ActionTransaction when !mayEndTransaction => Refuse("runs inside a transaction of its own and may not run", first),
        ActionAttach or ActionDetach => Refuse("may not attach or detach", first),
        ActionPragma when !ReadingPragmas.Contains(Words(first)) => Refuse("may not run PRAGMA", first),
        ActionFunction => Ok,
        _ when IsReserved(first) => Refuse("may not touch", first),
        _ when IsReserved(second) => Refuse("may not touch", second),
        _ => Ok,
    };

    private static bool IsTemporary(byte* schema) => schema is not null && Bytes(schema).SequenceEqual("temp"u8);

    private static bool IsReserved(byte* name) => name is not null && Bytes(name).StartsWith("foreshard_"u8);

    private int Refuse(string what, byte* on)
    {
        Violation = $"{permit.Description} {what} '{Words(on)}'";
        return Deny;
    }
}
