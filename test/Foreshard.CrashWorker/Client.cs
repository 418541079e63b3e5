using System.Diagnostics;
using Foreshard.Sessions;

namespace Foreshard.CrashWorker;

/// <summary>One client: writes and reads banks, journals what was acknowledged, and compares what it reads with what it knows.</summary>
internal sealed class Client
{
    private readonly EntityStore store;
    private readonly Journal journal;
    private readonly Random random;
    private readonly long run;
    private readonly int number;
    private readonly string name;
    private readonly Dictionary<(long Bank, string Region), long> counters = [];
    private readonly Dictionary<(long Bank, string Region), int> entries = [];
    private readonly List<string> newGroups = [];
    private readonly bool isPiloted;
    private readonly long started = Stopwatch.GetTimestamp();
    private int serial;

    public Client(EntityStore store, Journal journal, WorkerArguments arguments, int number)
    {
        this.store = store;
        this.journal = journal;
        this.number = number;
        run = arguments.Run;
        isPiloted = arguments.Piloted;
        name = $"{run}-{number}";
        random = new Random((arguments.Seed * 100) + number);
    }

    /// <summary>Runs until it is told to stop, or until it sees something that must not be.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await StepAsync();
            }
            catch (Exception exception)
            {
                // No session may fail because of a move, nor wait for longer than its limit: whatever comes here is a finding.
                Violates($"after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms: {exception}");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(4)), TimeProvider.System, CancellationToken.None);
        }
    }

    private int HotNow() => (int)((Stopwatch.GetElapsedTime(started).TotalMilliseconds / 300) + run) % Bank.Written.Count;

    private Task StepAsync()
    {
        // An autopilot needs something to do: two banks are busy at a time, and soon others.
        var bank = Bank.Written[isPiloted && random.Next(5) > 0 ? (HotNow() + random.Next(2)) % Bank.Written.Count : random.Next(Bank.Written.Count)];
        var region = Bank.Regions[random.Next(Bank.Regions.Count)];
        return random.Next(100) switch
        {
            < 35 => TransferAsync(bank, region),
            < 60 => EnterAsync(bank, region),
            < 70 => WriteCoreAsync(bank),
            < 74 => AddGroupAsync(bank),
            < 77 => AddBankAsync(),
            < 90 => ReadGroupAsync(bank, region),
            < 96 => ReadWholeAsync(bank),
            _ => QueryShardsAsync(bank),
        };
    }

    /// <summary>Moves money between two accounts, and raises a counter that nobody else raises.</summary>
    private async Task TransferAsync(long bank, string region)
    {
        var key = (bank, region);
        await using var session = await store.BeginAsync(Bank.Key(bank), region);
        var value = Number(session, $"SELECT coalesce(max(value), 0) FROM counters WHERE bank_id = {bank} AND region = '{region}' AND client = {number}");
        if (counters.TryGetValue(key, out var known) && known != value) Violates($"counter of {bank} {region} is {value}, was acknowledged as {known}");
        var (from, to, amount) = (random.Next(1, Bank.AccountsPerRegion + 1), random.Next(1, Bank.AccountsPerRegion + 1), random.Next(50));
        Execute(session, $"UPDATE accounts SET balance = balance - {amount} WHERE bank_id = {bank} AND region = '{region}' AND id = {from}");
        Execute(session, $"UPDATE accounts SET balance = balance + {amount} WHERE bank_id = {bank} AND region = '{region}' AND id = {to}");
        Execute(session, $"""
            INSERT INTO counters VALUES ({bank}, '{region}', {number}, {value + 1}) ON CONFLICT (bank_id, region, client) DO UPDATE SET value = excluded.value
            """);
        var line = $"counter {bank}/{region}/{number} {value + 1}";
        journal.Write(Journal.Intent, line);
        await session.CommitAsync();
        journal.Write(Journal.Acknowledged, line);
        counters[key] = value + 1;
    }

    private async Task EnterAsync(long bank, string region)
    {
        var line = $"ledger {name}-{++serial}";
        journal.Write(Journal.Intent, line);
        await store.ExecuteAsync(
            Bank.Key(bank), region, $"INSERT INTO ledger (id, bank_id, region, client) VALUES ('{name}-{serial}', {bank}, '{region}', '{name}')");
        journal.Write(Journal.Acknowledged, line);
        entries[(bank, region)] = entries.GetValueOrDefault((bank, region)) + 1;
    }

    private async Task WriteCoreAsync(long bank)
    {
        var line = $"note {bank} {name}-{++serial}";
        journal.Write(Journal.Intent, line);
        await store.RunAsync(Bank.Key(bank), default, session =>
        {
            Execute(session, $"UPDATE banks SET version = version + 1 WHERE id = {bank}");
            Execute(session, $"INSERT INTO notes VALUES ({bank}, '{name}-{serial}')");
            return Task.CompletedTask;
        });
        journal.Write(Journal.Acknowledged, line);
    }

    /// <summary>A group that nobody has seen before: wherever it belongs, it must be there and nowhere else.</summary>
    private async Task AddGroupAsync(long bank)
    {
        var region = newGroups.Count > 0 && random.Next(2) == 0 ? newGroups[random.Next(newGroups.Count)] : $"new-{name}-{++serial}";
        var line = $"accounts {name}-{++serial}";
        journal.Write(Journal.Intent, line);
        var id = Serial();
        await store.ExecuteAsync(Bank.Key(bank), region, $"INSERT INTO accounts VALUES ({bank}, '{region}', {id}, 70), ({bank}, '{region}', {-id}, -70)");
        journal.Write(Journal.Acknowledged, $"{line} {bank}/{region}/{id}");
        if (newGroups.Count < 3) newGroups.Add(region);
    }

    private async Task AddBankAsync()
    {
        serial++;
        var bank = Serial();
        journal.Write(Journal.Intent, $"bank {bank}");
        await store.ExecuteAsync(Bank.Key(bank), default, $"INSERT INTO banks (id) VALUES ({bank})");
        journal.Write(Journal.Acknowledged, $"bank {bank}");
    }

    private async Task ReadGroupAsync(long bank, string region)
    {
        await using var session = await store.BeginAsync(Bank.Key(bank), region, SessionOptions.Read);
        var total = Number(session, $"SELECT sum(balance) FROM accounts WHERE bank_id = {bank} AND region = '{region}'");
        if (total != Bank.RegionTotal) Violates($"accounts of {bank} {region} amount to {total}");
        var own = Number(session, $"SELECT count(*) FROM ledger WHERE bank_id = {bank} AND region = '{region}' AND client = '{name}'");
        var acknowledged = entries.GetValueOrDefault((bank, region));
        if (own != acknowledged) Violates($"{own} own entries in {bank} {region}, {acknowledged} were acknowledged");
    }

    private async Task ReadWholeAsync(long bank)
    {
        await using var session = await store.BeginAsync(Bank.Key(bank), default, SessionOptions.Read);
        CheckWhole(
            bank,
            Number(session, $"SELECT sum(balance) FROM accounts WHERE bank_id = {bank}"),
            Number(session, $"SELECT count(*) FROM ledger WHERE bank_id = {bank} AND client = '{name}'"));
        var version = Number(session, $"SELECT version FROM banks WHERE id = {bank}");
        var notes = Number(session, $"SELECT count(*) FROM notes WHERE bank_id = {bank}");
        if (version != notes) Violates($"bank {bank} has version {version} and {notes} notes");
    }

    private async Task QueryShardsAsync(long bank)
    {
        var sums = await store.CombineShardsAsync(
            Bank.Key(bank), $"SELECT coalesce(sum(balance), 0) FROM accounts WHERE bank_id = {bank}", [ShardColumn.Sum]);
        var counts = await store.CombineShardsAsync(
            Bank.Key(bank), $"SELECT count(*) FROM ledger WHERE bank_id = {bank} AND client = '{name}'", [ShardColumn.Sum]);
        CheckWhole(bank, (long)sums.Single()[0]!, (long)counts.Single()[0]!);
    }

    private void CheckWhole(long bank, long total, long own)
    {
        if (total != Bank.RegionTotal * Bank.Regions.Count) Violates($"accounts of {bank} amount to {total}");
        var acknowledged = entries.Where(entry => entry.Key.Bank == bank).Sum(entry => entry.Value);
        if (own != acknowledged) Violates($"{own} own entries in {bank}, {acknowledged} were acknowledged");
    }

    /// <summary>A number that no other client or run makes: run, client and the client's own count, in digits of their own.</summary>
    private long Serial() => (run * 10_000_000_000) + (number * 1_000_000_000L) + serial;

    private void Violates(string what) => journal.Write(Journal.Violation, $"client {name}: {what}");

    private static void Execute(EntitySession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = session.Transaction;
        command.ExecuteNonQuery();
    }

    private static long Number(EntitySession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = session.Transaction;
        return command.ExecuteScalar() is long number ? number : -1;
    }
}
