using System.Security.Cryptography;
using System.Text;
using Foreshard.CrashWorker;
using Foreshard.Partitions;
using Foreshard.Sessions;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>Everything that must hold of a store after a crash and its recovery; remembers what must not go backwards from check to check.</summary>
internal sealed class CrashCheck(string folder, CrashHistory history)
{
    private readonly OwnershipCheck ownership = new();
    private string? controls;

    /// <returns>What does not hold; empty if all does.</returns>
    public async Task<IReadOnlyList<string>> FindAsync()
    {
        history.Read(folder);
        var findings = new List<string>(history.Violations);

        // Opening recovers. The files are read while it is open, so that what is read is what sessions would see.
        await using var store = await EntityStore.OpenAsync(folder, Bank.Schema, Bank.Options());
        findings.AddRange((await store.VerifyAsync()).Select(finding => finding.ToString()));
        findings.AddRange((await store.ReadOperationsAsync()).Where(operation => !operation.IsOver).Select(operation => $"stuck: {operation}"));
        var partitions = PartitionContents.OpenAll(folder);
        try
        {
            CheckLedger(partitions, findings);
            CheckAccounts(partitions, findings);
            CheckCounters(partitions, findings);
            CheckCore(store, partitions, findings);
            CheckControls(partitions, findings);
            CheckLeftovers(partitions, findings);
            await CheckOwnersAsync(partitions, findings);
        }
        finally
        {
            foreach (var partition in partitions) partition.Dispose();
        }

        return findings;
    }

    private void CheckLedger(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var found = Union(partitions, "SELECT id FROM ledger WHERE client <> 'first'");
        Twice(found, "ledger entry", findings);
        Missing(CrashHistory.Of("ledger", history.Acknowledged), found, "ledger entry", findings);
        Missing(found, CrashHistory.Of("ledger", history.Intended), "intent for ledger entry", findings);
        foreach (var (bank, entries) in Bank.Banks)
        {
            var first = partitions.Sum(partition => (long)partition.Rows($"SELECT count(*) FROM ledger WHERE bank_id = {bank} AND client = 'first'")[0][0]);
            if (first != entries / Bank.Regions.Count * Bank.Regions.Count) findings.Add($"bank {bank} has {first} of its first {entries} ledger entries");
        }
    }

    private void CheckAccounts(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var found = Union(partitions, "SELECT bank_id || '/' || region || '/' || id FROM accounts");
        Twice(found, "account", findings);
        Missing(CrashHistory.Of("accounts", history.Acknowledged).Select(line => line.Split(' ')[1]), found, "account", findings);
        var totals = partitions.SelectMany(partition => partition.Rows("SELECT bank_id, region, sum(balance) FROM accounts GROUP BY 1, 2"))
            .GroupBy(row => ((long)row[0], (string)row[1]), row => (long)row[2]).ToDictionary(group => group.Key, group => group.Sum());
        foreach (var ((bank, region), total) in totals)
        {
            var expected = Bank.Banks.ContainsKey(bank) && Bank.Regions.Contains(region) ? Bank.RegionTotal : 0;
            if (total != expected) findings.Add($"accounts of {bank} {region} amount to {total} and not {expected}");
        }

        Missing(Bank.Banks.Keys.SelectMany(bank => Bank.Regions.Select(region => $"{bank}/{region}/1")), found, "account", findings);
    }

    private void CheckCounters(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var rows = partitions.SelectMany(partition => partition.Rows("SELECT bank_id || '/' || region || '/' || client, value FROM counters")).ToList();
        Twice([.. rows.Select(row => (string)row[0])], "counter", findings);
        var values = rows.DistinctBy(row => row[0]).ToDictionary(row => (string)row[0], row => (long)row[1]);
        foreach (var (counter, intended) in history.IntendedCounters)
        {
            var (value, acknowledged) = (values.GetValueOrDefault(counter), history.AcknowledgedCounters.GetValueOrDefault(counter));
            if (value < acknowledged || value > intended) findings.Add($"counter {counter} is {value}, acknowledged {acknowledged}, intended {intended}");
        }
    }

    /// <summary>Core rows are on every partition that holds a shard of the bank, all alike, and nowhere else.</summary>
    private void CheckCore(EntityStore store, IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var acknowledged = CrashHistory.Of("note", history.Acknowledged).ToLookup(note => note.Split(' ')[0], note => note.Split(' ')[1]);
        var intended = CrashHistory.Of("note", history.Intended).ToLookup(note => note.Split(' ')[0], note => note.Split(' ')[1]);
        var banks = partitions.SelectMany(partition => partition.Rows("SELECT id FROM banks UNION SELECT bank_id FROM notes"))
            .Select(row => (long)row[0]).ToHashSet();
        var expected = Bank.Banks.Keys.Select(bank => $"{bank}").Concat(CrashHistory.Of("bank", history.Acknowledged));
        Missing(expected, banks.Select(bank => $"{bank}"), "bank", findings);
        foreach (var bank in banks.Order())
        {
            var places = store.Where(Bank.Key(bank)).Shards.Select(shard => shard.Partition).ToHashSet();
            foreach (var partition in partitions)
            {
                var versions = partition.Rows($"SELECT version FROM banks WHERE id = {bank}").Select(row => (long)row[0]).ToList();
                var notes = partition.Texts($"SELECT id FROM notes WHERE bank_id = {bank}").ToList();
                if (!places.Contains(partition.Name))
                {
                    if (versions.Count + notes.Count > 0) findings.Add($"core rows of bank {bank} on {partition.Name}, which has no shard of it");
                    continue;
                }

                if (versions.Count != 1 || versions[0] != notes.Count)
                    findings.Add($"bank {bank} on {partition.Name}: versions {string.Join(',', versions)}, {notes.Count} notes");
                Missing(acknowledged[$"{bank}"], notes, $"note of {bank} on {partition.Name}:", findings);
                Missing(notes, intended[$"{bank}"], $"intent for note of {bank} on {partition.Name}:", findings);
            }
        }
    }

    /// <summary>Banks that nobody writes: the same to the byte, wherever they are by now.</summary>
    private void CheckControls(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var text = new StringBuilder();
        foreach (var (table, key) in new[] { ("banks", "id"), ("notes", "bank_id"), ("accounts", "bank_id"), ("counters", "bank_id"), ("ledger", "bank_id") })
        {
            var rows = Union(partitions, $"SELECT * FROM {table} WHERE {key} IN ({Bank.Control}, {Bank.ControlInBucket})");
            foreach (var row in (table == "banks" ? rows.Distinct() : rows).Order(StringComparer.Ordinal)) text.Append(table).Append(row).Append('\n');
        }

        var digest = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        if (digest != (controls ??= digest)) findings.Add("a bank that nobody writes has changed");
    }

    private static void CheckLeftovers(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        foreach (var partition in partitions)
        {
            findings.AddRange(partition.Texts("SELECT name FROM sqlite_schema WHERE name GLOB 'foreshard_log_*'")
                .Select(name => $"{name} left on {partition.Name}"));
            foreach (var log in partition.Texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'foreshard_core_*'"))
            {
                var keys = partition.Texts($"SELECT DISTINCT entity FROM {log}").ToList();
                if (keys.Count > 0) findings.Add($"{log} on {partition.Name} still names {string.Join(", ", keys)}");
            }
        }
    }

    private async Task CheckOwnersAsync(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        await using var mapping = await SqliteMappingStore.OpenAsync(folder, isReadOnly: true, TimeProvider.System, CancellationToken.None);
        var owners = partitions.SelectMany(partition => partition.Rows("SELECT unit, epoch, state FROM foreshard_owner")
            .Select(row => (partition.Name, new UnitId((int)(long)row[0]), (long)row[1], (OwnerState)(long)row[2])));
        ownership.Look(await mapping.LoadAsync(CancellationToken.None), owners, findings);
    }

    private static List<string> Union(IReadOnlyList<PartitionContents> partitions, string sql) => [.. partitions.SelectMany(partition => partition.Texts(sql))];

    private static void Twice(List<string> found, string what, List<string> findings) => findings.AddRange(
        found.GroupBy(one => one, StringComparer.Ordinal).Where(same => same.Count() > 1).Take(5)
            .Select(same => $"{what} {same.Key} is there {same.Count()} times"));

    private static void Missing(IEnumerable<string> expected, IEnumerable<string> found, string what, List<string> findings) =>
        findings.AddRange(expected.Except(found, StringComparer.Ordinal).Take(5).Select(one => $"{what} {one} is missing"));
}
