using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

/// <summary>The codes of what the functions in <c>partition.sql</c> raise.</summary>
internal static class GuardErrors
{
    public const string Moved = "FS001";
    public const string Frozen = "FS002";
    public const string Scope = "FS003";
    public const string Ended = "FS004";
    public const string Promoted = "FS005";
    public const string Behind = "FS006";
    public const string NotWhole = "FS007";

    private const string Prefix = "foreshard: ";

    /// <summary>What a session may not do, in words; null if the error is another.</summary>
    public static string? ViolationOf(PostgresException exception) =>
        exception.SqlState != Scope ? null
        : exception.MessageText.StartsWith(Prefix, StringComparison.Ordinal) ? exception.MessageText[Prefix.Length..] : exception.MessageText;
}

/// <summary>The first statement of a session's transaction, and the last one before its commit.</summary>
internal sealed class Guard(AdmissionRequest request, TableFacts facts, bool isCounting = true)
{
    private const string Admit = "SELECT foreshard.admit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    private const string FinishSql = $"SELECT foreshard.finish($1, $2) AS {FinishName}";
    private const string CommitSql = "COMMIT";

    /// <summary>What the only column of the last statement's result is called.</summary>
    public const string FinishName = "foreshard_finished";

    /// <summary>Whose rows are counted.</summary>
    public CountedOids Oids { get; } = isCounting ? facts.OidsOf(request.Layout.Type) : CountedOids.None;

    /// <summary>
    /// Has the server prepare on a new connection what every session sends. The driver finds statements again by their text where automatic preparing
    /// is on (<see cref="PartitionServer"/>).
    /// </summary>
    public static async Task PrepareAsync(NpgsqlConnection connection)
    {
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Admit));
        Add(batch.BatchCommands[0].Parameters, default, TimeSpan.Zero, isHeld: false, new Texts("", "", null, null, null, null), CountedOids.None);
        batch.BatchCommands.Add(Finish(CountedOids.None));
        batch.BatchCommands.Add(Commit());
        await batch.PrepareAsync().ConfigureAwait(false);
    }

    /// <summary>Counts what the session did, and makes sure that its transaction is still the one that it began with.</summary>
    public static NpgsqlBatchCommand Finish(CountedOids oids)
    {
        var command = new NpgsqlBatchCommand(FinishSql);
        oids.AddTo(command.Parameters);
        return command;
    }

    public static NpgsqlBatchCommand Commit() => new(CommitSql);

    /// <returns>What the statistics say before the session has done anything.</returns>
    public async ValueTask<Touched> RunAsync(NpgsqlConnection connection, TimeSpan left, bool isLogging, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(Admit, connection);
        Add(command.Parameters, left, isLogging);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await Touched.ReadAsync(reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The guard as a part of a batch; it doesn't wait for units that are held.</summary>
    public NpgsqlBatchCommand AsFirst()
    {
        var command = new NpgsqlBatchCommand(Admit);
        Add(command.Parameters, TimeSpan.Zero, isLogging: false);
        return command;
    }

    private void Add(NpgsqlParameterCollection parameters, TimeSpan left, bool isLogging)
    {
        var isOnLine = request is { Scope: SessionScope.Group, Layout: { IsSplittable: true, GroupKind: not GroupKind.Segment } };
        var lines = isOnLine && request.Shard is { Scope: { IsWhole: false } scope } ? scope : null;
        var form = request.Layout.Tables.FirstOrDefault(table => table.Role == TableRole.Grouped)?.GroupForm ?? ValueForm.Integer;
        var texts = new Texts(
            ScopeName(request.Scope) + request.Layout.Type.Name,
            request.Entity.KeyText(),
            request.Group.Segment,
            lines?.From is { } from ? Sql.PositionText(from, form) : null,
            lines?.To is { } to ? Sql.PositionText(to, form) : null,
            isLogging && request.Scope == SessionScope.Whole ? "yes" : null);
        Add(parameters, request.Unit, left, request.Hold is not null, texts, Oids);
    }

    private static void Add(NpgsqlParameterCollection parameters, Placement unit, TimeSpan left, bool isHeld, Texts texts, CountedOids oids)
    {
        parameters.Add(new NpgsqlParameter<int> { TypedValue = unit.Unit.Value });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = unit.Epoch });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)Math.Clamp(left.TotalMilliseconds, 1, int.MaxValue) });
        parameters.Add(new NpgsqlParameter<bool> { TypedValue = isHeld });
        foreach (var text in (ReadOnlySpan<string?>)[texts.Scope, texts.Key, texts.Group, texts.From, texts.To, texts.Logs])
            parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)text ?? DBNull.Value });
        oids.AddTo(parameters);
    }

    private static string ScopeName(SessionScope scope) => scope switch
    {
        SessionScope.ReadOnly => "read:",
        SessionScope.Group => "group:",
        _ => "whole:",
    };

    /// <summary>What the session's triggers go by.</summary>
    private readonly record struct Texts(string Scope, string Key, string? Group, string? From, string? To, string? Logs);
}

/// <summary>Rows that a backend has read and written in an entity type's tables, as its statistics count them.</summary>
internal readonly record struct Touched(long Read, long Written)
{
    /// <summary>Of the reader's current result, which is the guard's or its counterpart's at the end.</summary>
    public static async ValueTask<Touched> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var counts = reader.GetFieldValue<long[]>(0);
        return new Touched(counts[0], counts[1]);
    }

    public SessionUsage Until(Touched after) => SessionCost.Of(after.Read - Read, after.Written - Written);
}
