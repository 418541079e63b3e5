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
}

/// <summary>The first statement of a session's transaction.</summary>
internal sealed class Guard(AdmissionRequest request, TableFacts facts)
{
    private const string Sql = "SELECT foreshard.admit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10), t.rows_read, t.rows_written FROM foreshard.touched($11) t";

    public uint[] Oids { get; } = facts.OidsOf(request.Layout.Type);

    /// <returns>What the statistics say before the session has done anything.</returns>
    public async ValueTask<Touched> RunAsync(NpgsqlConnection connection, TimeSpan left, bool isLogging, CancellationToken cancellationToken)
    {
        var isOnLine = request is { Scope: SessionScope.Group, Layout: { IsSplittable: true, GroupKind: not GroupKind.Segment } };
        var lines = isOnLine && request.Shard is { Scope: { IsWhole: false } scope } ? scope : null;
        var form = request.Layout.Tables.FirstOrDefault(table => table.Role == TableRole.Grouped)?.GroupForm ?? ValueForm.Integer;
        using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = request.Unit.Unit.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = request.Unit.Epoch });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)Math.Clamp(left.TotalMilliseconds, 1, int.MaxValue) });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = request.Hold is not null });
        AddText(command, ScopeName(request.Scope) + request.Layout.Type.Name);
        AddText(command, request.Entity.KeyText());
        AddText(command, request.Group.Segment);
        AddText(command, lines?.From is { } from ? PostgreSql.Sql.PositionText(from, form) : null);
        AddText(command, lines?.To is { } to ? PostgreSql.Sql.PositionText(to, form) : null);
        AddText(command, isLogging && request.Scope == SessionScope.Whole ? "yes" : null);
        command.Parameters.Add(TableFacts.Parameter(Oids));
        return await Touched.ReadAsync(command, 1, cancellationToken).ConfigureAwait(false);
    }

    private static string ScopeName(SessionScope scope) => scope switch
    {
        SessionScope.ReadOnly => "read:",
        SessionScope.Group => "group:",
        _ => "whole:",
    };

    private static void AddText(NpgsqlCommand command, string? text) =>
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)text ?? DBNull.Value });
}

/// <summary>Rows that a backend has read and written in an entity type's tables, as its statistics count them.</summary>
internal readonly record struct Touched(long Read, long Written)
{
    public static async ValueTask<Touched> ReadAsync(NpgsqlCommand command, int firstColumn, CancellationToken cancellationToken)
    {
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new Touched(reader.GetInt64(firstColumn), reader.GetInt64(firstColumn + 1));
    }
}
