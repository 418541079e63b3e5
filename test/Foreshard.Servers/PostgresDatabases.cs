using System.Globalization;
using Npgsql;

namespace Foreshard.Servers;

/// <summary>Databases on one server that all tests of the process share: starting a server takes longer than most tests.</summary>
public static class PostgresDatabases
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static PostgresServer? server;
    private static int made;

    /// <summary>The shared server, started when it is first asked for.</summary>
    public static async Task<PostgresServer> ServerAsync()
    {
        await Turn.WaitAsync();
        try
        {
            return server ??= await PostgresServer.StartAsync();
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Makes an empty database and says how to connect to it as the superuser.</summary>
    public static async Task<string> CreateAsync()
    {
        var at = await ServerAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref made)}");
        await ExecuteAsync(at.ConnectionString("postgres"), $"CREATE DATABASE {name}");
        return at.ConnectionString(name);
    }

    /// <summary>Removes a database, whoever is connected to it.</summary>
    public static async Task DropAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await ExecuteAsync((await ServerAsync()).ConnectionString("postgres"), $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    }

    /// <summary>Runs statements on a connection of their own.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql, string? password = null)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Password = password }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
