using Foreshard.CrashWorker;
using Foreshard.Fleet.Tests.Histories;
using Foreshard.FleetClient;
using Foreshard.Partitions;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>
/// Everything that must hold of a fleet after a crash, once nobody is at work; remembers what must not go backwards from check to check, and what clients
/// were told.
/// </summary>
internal sealed class CrashCheck(HistoryReader history)
{
    private readonly BankChecker banks = new();
    private readonly HashSet<string> acknowledged = new(StringComparer.Ordinal);
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);
    private readonly HashSet<string> intended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> registers = new(StringComparer.Ordinal);
    private readonly OwnershipCheck ownership = new();

    /// <summary>Acts that were acknowledged, failed for certain, or of which nobody knows.</summary>
    public Dictionary<string, int> Outcomes { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether acknowledged writes may be gone: after the promotion of a standby that did not have them.</summary>
    public bool MayLose { get; set; }

    /// <returns>What does not hold; empty if all does.</returns>
    public async Task<IReadOnlyList<string>> FindAsync(EntityStore store, IReadOnlyList<PartitionContents> partitions)
    {
        var events = history.ReadNew();
        var findings = new List<string>(history.Violations);
        foreach (var one in events) Outcomes[one.Outcome] = Outcomes.GetValueOrDefault(one.Outcome) + 1;
        if (!MayLose) findings.AddRange(banks.Take(events));
        foreach (var one in events.Where(one => one.Act is Acts.Enter or Acts.Note))
        {
            var row = one.Act == Acts.Enter ? $"entry {one.Argument}" : $"note {one.Key} {one.Argument}";
            (one.IsDone ? acknowledged : one.MayBe ? intended : refused).Add(row);
        }

        findings.AddRange((await store.VerifyAsync()).Select(finding => finding.ToString()));
        await CheckRegistersAsync(events, partitions, findings);
        await CheckLedgerAsync(partitions, findings);
        await CheckAccountsAsync(partitions, findings);
        await CheckCoreAsync(store, partitions, findings);
        await CheckOwnersAsync(store, partitions, findings);
        return findings;
    }

    /// <summary>What an operation or a crash must not leave for good; looked at again and again until it is gone.</summary>
    /// <param name="store">The store.</param>
    /// <param name="partitions">Its partitions.</param>
    /// <param name="anyHangs">Whether some process hangs: what its sessions have begun stays open as long, and what it hears of changes until the server gives
    /// it up (<c>wal_sender_timeout</c>).</param>
    public static async Task<IReadOnlyList<string>> FindLeftoversAsync(EntityStore store, IReadOnlyList<PartitionContents> partitions, bool anyHangs)
    {
        var findings = (await store.ReadOperationsAsync()).Where(operation => !operation.IsOver).Select(operation => $"not over: {operation}").ToList();
        foreach (var partition in partitions)
        {
            findings.AddRange(await LeftAsync("log of core rows of", "SELECT DISTINCT entity_key FROM foreshard.core_log"));
            findings.AddRange(await LeftAsync("mark that it is behind on unit", "SELECT unit FROM foreshard.owner WHERE is_behind AND state <> 3"));
            findings.AddRange(await LeftAsync("frozen or incoming unit", "SELECT unit FROM foreshard.owner WHERE state IN (2, 4)"));
            if (anyHangs) continue;
            findings.AddRange(await LeftAsync("publication", "SELECT pubname FROM pg_publication"));
            findings.AddRange(await LeftAsync("slot", "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"));
            findings.AddRange(await LeftAsync(
                "transaction of", "SELECT application_name || ': ' || query FROM pg_stat_activity WHERE datname = current_database() "
                    + "AND pid <> pg_backend_pid() AND (xact_start IS NOT NULL OR state LIKE 'idle in transaction%') AND application_name <> 'check'"));

            async Task<IEnumerable<string>> LeftAsync(string what, string sql) =>
                (await partition.TextsAsync(sql)).Select(one => $"{what} {one} left on {partition.Name}");
        }

        return findings;
    }

    private async Task CheckRegistersAsync(IReadOnlyList<HistoryEvent> events, IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var acts = events.Select(one => (one.Key, Act: RegisterAct.Of(one))).Where(one => one.Act is not null).ToLookup(one => one.Key, one => one.Act!);
        var now = events.Where(one => one.End != long.MaxValue).Select(one => one.End).DefaultIfEmpty(0).Max();
        foreach (var row in await UnionAsync(partitions, "SELECT bank_id || '/' || region || '/' || id, value FROM registers"))
        {
            var (key, value) = row.Split('|') is [var a, var b] ? (a, b) : default;

            // What is there in the end is what a last client would read.
            var last = new RegisterAct(now + 1, now + 2, true, value, null, null);
            if (!MayLose && RegisterChecker.Find(acts[key].Append(last), registers.GetValueOrDefault(key, "")) is { } finding)
                findings.Add($"register {key}: {finding}");
            registers[key] = value;
        }
    }

    private async Task CheckLedgerAsync(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var found = await UnionAsync(partitions, "SELECT 'entry ' || id FROM ledger WHERE client <> 'first'");
        CheckRows(found, "entry", findings);
        foreach (var (bank, entries) in FleetBank.Banks)
        {
            var first = 0L;
            foreach (var partition in partitions)
                first += (long)(await partition.RowsAsync($"SELECT count(*) FROM ledger WHERE bank_id = {bank} AND client = 'first'"))[0][0];
            if (first != entries * FleetBank.Regions.Count) findings.Add($"bank {bank} has {first} of its first ledger entries");
        }
    }

    private void CheckRows(List<string> found, string kind, List<string> findings)
    {
        findings.AddRange(found.GroupBy(one => one, StringComparer.Ordinal).Where(same => same.Count() > 1).Take(5)
            .Select(same => $"{same.Key} is there {same.Count()} times"));
        var there = found.ToHashSet(StringComparer.Ordinal);
        if (!MayLose)
        {
            findings.AddRange(acknowledged.Where(row => row.StartsWith(kind, StringComparison.Ordinal) && !there.Contains(row)).Take(5)
                .Select(row => $"{row} was acknowledged and is missing"));
        }

        findings.AddRange(there.Where(refused.Contains).Take(5).Select(row => $"{row} failed for certain and is there"));
        findings.AddRange(there.Where(row => !acknowledged.Contains(row) && !intended.Contains(row) && !refused.Contains(row)).Take(5)
            .Select(row => $"nobody wrote {row}"));
    }

    private async Task CheckAccountsAsync(IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var accounts = await UnionAsync(partitions, "SELECT bank_id || '/' || region, id, balance FROM accounts");
        var regions = accounts.Select(row => row.Split('|')).GroupBy(row => row[0], StringComparer.Ordinal)
            .ToDictionary(rows => rows.Key, rows => (Count: rows.Count(), Total: rows.Sum(row => Number(row[2]))));
        foreach (var place in FleetBank.Banks.Keys.SelectMany(bank => FleetBank.Regions.Select(region => $"{bank}/{region}")))
        {
            var (count, total) = regions.GetValueOrDefault(place);
            if (count != FleetBank.AccountsPerRegion || total != FleetBank.RegionTotal) findings.Add($"{count} accounts of {place} amount to {total}");
        }

        var duties = await UnionAsync(partitions, "SELECT bank_id || '/' || region, count(*) FILTER (WHERE is_on), count(*) FROM duties GROUP BY 1");
        findings.AddRange(duties.Where(row => row.Split('|') is not [_, "1" or "2", "2"]).Select(row => $"people on duty: {row}"));
        var counters = await UnionAsync(partitions, "SELECT bank_id || '/' || region || '/' || client, value FROM counters");
        var values = counters.Select(row => row.Split('|')).ToLookup(row => row[0], row => Number(row[1]));
        if (MayLose) return;
        foreach (var (counter, low, high) in banks.Counters)
        {
            var found = values[counter].ToList();
            if (found.Count > 1 || found.FirstOrDefault() is var value && (value < low || value > high))
                findings.Add($"counter {counter} is {string.Join(" and ", found)}, not {low} to {high}");
        }
    }

    /// <summary>Core rows are on every partition that holds a shard of the bank, all alike, and nowhere else.</summary>
    private async Task CheckCoreAsync(EntityStore store, IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        foreach (var bank in FleetBank.Banks.Keys)
        {
            var places = store.Where(FleetBank.Key(bank)).Shards.Select(shard => shard.Partition).ToHashSet(StringComparer.Ordinal);
            foreach (var partition in partitions)
            {
                var versions = await partition.TextsAsync($"SELECT version FROM banks WHERE id = {bank}");
                var notes = await partition.TextsAsync($"SELECT 'note {bank} ' || id FROM notes WHERE bank_id = {bank}");
                if (!places.Contains(partition.Name))
                {
                    if (versions.Count + notes.Count > 0) findings.Add($"core rows of bank {bank} on {partition.Name}, which has no shard of it");
                    continue;
                }

                if (versions.Count != 1 || Number(versions[0]) != notes.Count)
                    findings.Add($"bank {bank} on {partition.Name}: versions {string.Join(',', versions)}, {notes.Count} notes");
                CheckRows(notes, $"note {bank} ", findings);
            }
        }
    }

    private async Task CheckOwnersAsync(EntityStore store, IReadOnlyList<PartitionContents> partitions, List<string> findings)
    {
        var owners = new List<(string, UnitId, long, OwnerState)>();
        foreach (var partition in partitions)
        {
            foreach (var row in await partition.RowsAsync("SELECT unit, epoch, state FROM foreshard.owner"))
                owners.Add((partition.Name, new UnitId((int)row[0]), (long)row[1], (OwnerState)(short)row[2]));
        }

        ownership.Look(await store.Moving.Store.LoadAsync(CancellationToken.None), owners, findings, mayFall: MayLose);
    }

    private static async Task<List<string>> UnionAsync(IReadOnlyList<PartitionContents> partitions, string sql)
    {
        var rows = new List<string>();
        foreach (var partition in partitions) rows.AddRange(await partition.TextsAsync(sql));
        return rows;
    }

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
