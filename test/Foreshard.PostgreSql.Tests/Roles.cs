using Foreshard.Servers;

namespace Foreshard.PostgreSql.Tests;

/// <summary>The three roles of docs/postgresql.md, with the grants that stand there.</summary>
internal static class Roles
{
    public const string Installer = "shop_installer";
    public const string Mover = "shop_mover";
    public const string Application = "shop_app";

    private static readonly SemaphoreSlim Turn = new(1);
    private static bool exist;

    public static PostgresOptions Options { get; } = new() { Installer = Installer, Mover = Mover, Application = Application };

    /// <summary>An empty database that the installer may make a partition of.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = await PostgresDatabases.ServerAsync();
        await Turn.WaitAsync();
        try
        {
            if (!exist)
            {
                await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), $"""
                    CREATE ROLE {Installer} LOGIN;
                    CREATE ROLE {Mover} LOGIN REPLICATION IN ROLE {Installer};
                    CREATE ROLE {Application} LOGIN;
                    GRANT SET ON PARAMETER session_replication_role TO {Mover};
                    """);
                exist = true;
            }
        }
        finally
        {
            Turn.Release();
        }

        var location = await PostgresDatabases.CreateAsync();
        var database = new Npgsql.NpgsqlConnectionStringBuilder(location).Database;
        await PostgresDatabases.ExecuteAsync(location, $"GRANT CREATE ON DATABASE {database} TO {Installer}; GRANT CREATE ON SCHEMA public TO {Installer}");
        return location;
    }
}
