namespace Foreshard.Profiling;

/// <summary>The records of all entities by key. A record's place holds until an entity is removed. One thread at a time.</summary>
internal sealed class EntityTable
{
    /// <summary>Most entities; 16 GB of records.</summary>
    public const int MaxCount = 1 << 28;

    private const int MaxTypes = 1 << 15;
    private const int PageBits = 10;

    private readonly RecordPages<EntityRecord> records = new(PageBits);
    private readonly EntityIndex index = new();
    private readonly List<EntityType> types = [];
    private readonly Dictionary<int, AccessTally> wide = [];
    private readonly Func<int, ulong> hashAt;

    /// <summary>Keys that are no integers, by the place that their record names; free places are no entity.</summary>
    private readonly List<EntityKey> otherKeys = [];
    private readonly Stack<int> freeKeys = new();

    public EntityTable() => hashAt = place => ProfileHash.Of(KeyOf(place));

    public int Count => records.Count;

    public ref EntityRecord this[int place] => ref records[place];

    public EntityKey KeyOf(int place)
    {
        ref var record = ref records[place];
        var type = types[record.Type];
        return type.KeyKind == KeyKind.Integer ? new EntityKey(type, 0, record.Key, null) : otherKeys[(int)record.Key];
    }

    /// <summary>Where the entity's record is; -1 if it has none.</summary>
    public int Find(in EntityKey entity) => Find(entity, ProfileHash.Of(entity));

    /// <summary>Where the entity's record is; made, with no more than its key, if it has none.</summary>
    public int FindOrAdd(in EntityKey entity, out bool isNew)
    {
        var hash = ProfileHash.Of(entity);
        var place = Find(entity, hash);
        isNew = place < 0;
        if (!isNew) return place;

        if (index.IsFull) GrowIndex();
        place = records.Add();
        ref var record = ref records[place];
        record.Type = OrdinalOf(entity.Type);
        record.Key = entity.Type.KeyKind == KeyKind.Integer ? entity.Low : (ulong)Keep(entity);
        index.Add(hash, place);
        return place;
    }

    /// <summary>Removes a record; the last one takes its place.</summary>
    public void RemoveAt(int place)
    {
        index.Remove(hashAt(place), place, hashAt);
        wide.Remove(place);
        if (types[records[place].Type].KeyKind != KeyKind.Integer)
        {
            otherKeys[(int)records[place].Key] = default;
            freeKeys.Push((int)records[place].Key);
        }

        var last = records.Count - 1;
        if (place != last)
        {
            index.Replace(hashAt(last), last, place);
            records[place] = records[last];
            if (wide.Remove(last, out var totals)) wide[place] = totals;
        }

        records.RemoveLast();
    }

    public AccessTally TotalsOf(int place) => records[place].IsWide ? wide[place] : records[place].Totals.Unpack();

    public void AddTotals(int place, in AccessTally added)
    {
        var totals = TotalsOf(place);
        totals.Add(added);
        ref var record = ref records[place];
        if (PackedTotals.Holds(totals))
        {
            record.Totals = PackedTotals.Of(totals);
            return;
        }

        record.IsWide = true;
        wide[place] = totals with { LastTicks = 0 };
    }

    private int Find(in EntityKey entity, ulong hash)
    {
        var slot = index.Start(hash);
        while (index.Next(hash, ref slot) is var place and >= 0)
        {
            if (IsAt(place, entity)) return place;
        }

        return -1;
    }

    private bool IsAt(int place, in EntityKey entity)
    {
        ref var record = ref records[place];
        if (!ReferenceEquals(types[record.Type], entity.Type)) return false;
        return entity.Type.KeyKind == KeyKind.Integer ? record.Key == entity.Low : otherKeys[(int)record.Key] == entity;
    }

    private void GrowIndex()
    {
        index.Clear(records.Count);
        for (var place = 0; place < records.Count; place++) index.Add(hashAt(place), place);
    }

    private int Keep(in EntityKey entity)
    {
        if (!freeKeys.TryPop(out var at))
        {
            otherKeys.Add(entity);
            return otherKeys.Count - 1;
        }

        otherKeys[at] = entity;
        return at;
    }

    private int OrdinalOf(EntityType type)
    {
        var ordinal = types.IndexOf(type);
        if (ordinal >= 0) return ordinal;
        if (types.Count == MaxTypes) throw new InvalidOperationException($"Profiles can't tell more than {MaxTypes} entity types apart.");
        types.Add(type);
        return types.Count - 1;
    }
}
