using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Foreshard's own statements on a connection, in its transaction if there is one.</summary>
internal static class Statements
{
    public static async ValueTask<int> ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first value of the first row; null if there is none or it is NULL.</summary>
    public static async ValueTask<object?> ScalarAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is var value && value is DBNull ? null : value;
    }

    public static async ValueTask<List<T>> RowsAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, bool asText = false)
    {
        using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = asText };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }
}
