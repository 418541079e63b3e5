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

    /// <summary>The first value of the first row of each of some queries, all in one round trip; null if there is none or it is NULL.</summary>
    public static async ValueTask<object?[]> ScalarsAsync(this NpgsqlConnection connection, string[] queries, CancellationToken cancellationToken)
    {
        if (queries.Length == 0) return [];
        using var command = new NpgsqlCommand(string.Join(';', queries), connection);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var values = new object?[queries.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && !reader.IsDBNull(0)) values[i] = reader.GetValue(0);
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }

        return values;
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
