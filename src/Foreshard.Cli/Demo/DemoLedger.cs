using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Cli.Demo;

/// <summary>What the clients know to be committed: the number of each row, by station. Safe for concurrent use.</summary>
internal sealed class DemoLedger
{
    private readonly List<long>[] ids;
    private readonly long[] checkouts;
    private readonly long[] returns;

    /// <param name="stations">How many stations there are.</param>
    public DemoLedger(int stations)
    {
        ids = [.. Enumerable.Range(0, stations).Select(_ => new List<long>())];
        checkouts = new long[stations];
        returns = new long[stations];
    }

    private DemoLedger(DemoLedger other)
    {
        ids = [.. other.ids.Select(one => new List<long>(one))];
        checkouts = [.. other.checkouts];
        returns = [.. other.returns];
    }

    /// <summary>How many rows.</summary>
    public long Count => ids.Sum(one => (long)one.Count);

    /// <summary>The same, to be gone on with apart.</summary>
    public DemoLedger Copy() => new(this);

    /// <summary>Notes a row that was committed.</summary>
    public void Note(DemoStation station, long id, bool isReturn)
    {
        var of = ids[station.Index];
        lock (of)
        {
            of.Add(id);
            (isReturn ? returns : checkouts)[station.Index]++;
        }
    }

    /// <summary>Compares with what the store holds, when nothing runs any more.</summary>
    /// <param name="store">The store.</param>
    /// <param name="stations">In the order of their places.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<DemoCheck> CheckAsync(EntityStore store, IReadOnlyList<DemoStation> stations, CancellationToken cancellationToken)
    {
        long lost = 0, doubled = 0, unknown = 0, counts = 0;
        foreach (var city in stations.GroupBy(station => station.City))
        {
            var key = new Dictionary<string, object?> { ["city"] = city.Key.KeyText() };
            var rows = (await store.QueryShardsAsync(
                city.Key, "SELECT station, id FROM events WHERE city = @city", row => (Station: row.GetString(0), Id: row.GetInt64(1)), key,
                cancellationToken: cancellationToken)).ToLookup(row => row.Station, row => row.Id);
            var counted = (await store.QueryShardsAsync(
                city.Key, "SELECT station, checkouts, returns FROM stations WHERE city = @city",
                row => (Station: row.GetString(0), Checkouts: row.GetInt64(1), Returns: row.GetInt64(2)), key, cancellationToken: cancellationToken))
                .ToLookup(row => row.Station);
            foreach (var station in city)
            {
                var left = new HashSet<long>(ids[station.Index]);
                var seen = new HashSet<long>();
                foreach (var id in rows[station.Group.Segment!])
                {
                    if (!seen.Add(id)) doubled++;
                    else if (!left.Remove(id)) unknown++;
                }

                lost += left.Count;
                if (counted[station.Group.Segment!].ToList() is not [var count]
                    || count.Checkouts != checkouts[station.Index] || count.Returns != returns[station.Index])
                {
                    counts++;
                }
            }
        }

        return new DemoCheck(Count, lost, doubled, unknown, counts, await store.VerifyAsync(cancellationToken));
    }
}

/// <summary>What came of comparing the clients' ledger with the store.</summary>
/// <param name="Rows">Rows that clients know to be committed.</param>
/// <param name="Lost">Of these, those that aren't there.</param>
/// <param name="Doubled">Rows that are there once more.</param>
/// <param name="Unknown">Rows that nobody wrote.</param>
/// <param name="WrongCounts">Stations whose counts aren't those of their rows.</param>
/// <param name="Findings">Where the map and the files differ.</param>
internal sealed record DemoCheck(long Rows, long Lost, long Doubled, long Unknown, long WrongCounts, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether all is as it has to be.</summary>
    public bool IsClean => (Lost, Doubled, Unknown, WrongCounts) is (0, 0, 0, 0) && Findings.Count == 0;
}
