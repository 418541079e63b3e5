using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary>What a command printed and how it ended.</summary>
internal sealed record Printed(int Code, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public Printed Expect(int code)
    {
        Assert.True(Code == code, $"Exit code {Code}, expected {code}.\n{Output}\n{Error}");
        Assert.DoesNotContain("   at Foreshard", Output + Error, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>A folder of its own, deleted afterwards, in which commands run: with a schema file, a script, and room for a store.</summary>
internal sealed partial class Shell : IDisposable
{
    public const string Declaration = """
        {
          "entities": {
            "customer": {
              "key": "integer", "root": "customers", "rootKey": "id", "keyColumn": "customer_id",
              "group": { "column": "region", "by": "segment" }, "splittable": true,
            },
            "sensor": {
              "key": "text", "root": "sensors", "keyColumn": "sensor",
              "group": { "column": "day", "by": "date" }, "splittable": true,
            },
            "tariff": { "key": "integer", "root": "tariffs", "keyColumn": "tariff_id" },
          },
          "references": ["countries"],
        }
        """;

    public const string Script = """
        CREATE TABLE countries (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, country TEXT REFERENCES countries (code));
        CREATE TABLE notes (customer_id INTEGER NOT NULL REFERENCES customers (id), id INTEGER NOT NULL, text TEXT NOT NULL,
          PRIMARY KEY (customer_id, id));
        CREATE TABLE orders (customer_id INTEGER NOT NULL REFERENCES customers (id), region TEXT NOT NULL, id INTEGER NOT NULL,
          total INTEGER NOT NULL, PRIMARY KEY (customer_id, region, id));
        CREATE TABLE sensors (sensor TEXT PRIMARY KEY NOT NULL);
        CREATE TABLE readings (sensor TEXT NOT NULL, day TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (sensor, day));
        CREATE TABLE tariffs (tariff_id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        """;

    /// <summary>The same in PostgreSQL's words.</summary>
    public const string ServerScript = """
        CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
        CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, country text REFERENCES countries (code));
        CREATE TABLE notes (customer_id bigint NOT NULL REFERENCES customers (id), id bigint NOT NULL, text text NOT NULL, PRIMARY KEY (customer_id, id));
        CREATE TABLE orders (customer_id bigint NOT NULL REFERENCES customers (id), region text NOT NULL, id bigint NOT NULL, total bigint NOT NULL,
          PRIMARY KEY (customer_id, region, id));
        CREATE TABLE sensors (sensor text PRIMARY KEY);
        CREATE TABLE readings (sensor text NOT NULL, day date NOT NULL, value double precision NOT NULL, PRIMARY KEY (sensor, day));
        CREATE TABLE tariffs (tariff_id bigint PRIMARY KEY, name text NOT NULL);
        """;

    /// <summary>Breaks several rules.</summary>
    public const string BadScript = """
        CREATE TABLE countries (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), region TEXT NOT NULL);
        """;

    public Shell()
    {
        Directory.CreateDirectory(Folder);
        Write("foreshard.json", Declaration);
        Write("schema.sql", Script);
        Write("bad.sql", BadScript);
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));

    public string Store => Path.Combine(Folder, "shop");

    /// <summary>A shell with a store of three partitions and 16 buckets, and customer 42 in it.</summary>
    public static async Task<Shell> WithStoreAsync(int orders = 20)
    {
        var shell = new Shell();
        (await shell.RunAsync("init shop --schema foreshard.json --sql schema.sql --partitions 3 --buckets 16")).Expect(ExitCode.Done);
        await shell.AddCustomerAsync(42, orders);
        return shell;
    }

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    /// <summary>Runs a command; words that name something in the folder are understood as if it were the current one.</summary>
    public async Task<Printed> RunAsync(
        string command,
        int width = 120,
        AnsiSupport ansi = AnsiSupport.No,
        IReadOnlyDictionary<string, string>? environment = null,
        CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, width, ansi, TimeProvider.System, environment);
        var code = await Program.RunAsync(Words(command), terminal, cancellationToken);
        return new Printed(code, Short(output), Short(error));
    }

    /// <summary>Runs a command in a process of its own.</summary>
    public async Task<Printed> StartAsync(string command, byte[]? input = null, string? path = null)
    {
        string[] words = [Path.Combine(AppContext.BaseDirectory, "Foreshard.Cli.dll"), .. Words(command)];
        return await StartAsync(words, input, path);
    }

    /// <summary>Runs one of the samples in the folder, as it was built together with these tests.</summary>
    public Task<Printed> RunSampleAsync(string name) =>
        StartAsync([Path.Combine(DocumentPage.Root, "artifacts", "bin", name, "release", name + ".dll")], input: null);

    private async Task<Printed> StartAsync(string[] words, byte[]? input, string? path = null)
    {
        var start = new ProcessStartInfo("dotnet", words)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (path is not null) start.Environment["PATH"] = path;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null) await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new Printed(process.ExitCode, await output, await error);
    }

    /// <summary>The words of a command line; several between double quotes are one.</summary>
    public string[] Words(string command)
    {
        var words = Word().Matches(command).Select(word => word.Value.Trim('"')).ToArray();
        return [.. words.Select((word, at) => at > 0 && IsInFolder(word, words[at - 1]) ? Path.Combine(Folder, word) : word)];
    }

    /// <summary>Puts an excerpt of real traffic into the folder.</summary>
    public void CopyData(string name) => File.Copy(Path.Combine(AppContext.BaseDirectory, "data", name), Path.Combine(Folder, name));

    public Task<EntityStore> OpenAsync() => EntityStore.OpenAsync(Store);

    /// <summary>A customer with a note and so many orders in each of two regions.</summary>
    public async Task AddCustomerAsync(long id, int orders)
    {
        await using var store = await OpenAsync();
        var customer = store.Schema["customer"].Key(id);
        await store.ExecuteAsync(customer, default, $"INSERT INTO customers (id, name) VALUES ({id}, 'c{id}')");
        await store.ExecuteAsync(customer, default, $"INSERT INTO notes VALUES ({id}, 1, 'first')");
        foreach (var region in new[] { "eu", "us" })
        {
            await store.ExecuteAsync(customer, region, $"""
                WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {orders})
                INSERT INTO orders SELECT {id}, '{region}', i, i * 10 FROM n
                """);
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private bool IsInFolder(string word, string before) =>
        word is "shop" or "nowhere" or "access.csv" or "shop-mapping.jsonl" or "fleet-mapping.jsonl" || Path.Exists(Path.Combine(Folder, word))
        || (word != "-" && before is "--csv" or "--plot" or "--file" or "--profiles" or "--html" or "--folder");

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();

    private string Short(StringWriter text) => text.ToString().Replace(Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
}
