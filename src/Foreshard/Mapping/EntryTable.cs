using System.Runtime.CompilerServices;

namespace Foreshard.Mapping;

/// <summary>The entries of a snapshot by entity: extendible hashing, immutable.</summary>
/// <remarks>
/// The high bits of a key's hash choose a page in a directory, the low bits a slot in the page. A full page is split in two without
/// touching the others; the directory then doubles if it has no second place for it. So a change copies the pages that it touches and
/// the directory (8 bytes a page). The hash is the process's own and has nothing to do with <see cref="KeyHash"/>.
/// </remarks>
internal sealed class EntryTable
{
    /// <summary>A directory of 16 million pages; entries beyond would mean that the hash is broken.</summary>
    private const int MaxDepth = 24;

    private readonly EntryPage[] directory;
    private readonly int shift;

    private EntryTable(EntryPage[] directory, int depth, int count)
    {
        this.directory = directory;
        shift = 64 - depth;
        Count = count;
    }

    public static EntryTable Empty { get; } = new Editor().ToTable();

    public int Count { get; }

    /// <summary>The slot of the entity, or an empty one if it has none.</summary>
    /// <exception cref="InvalidOperationException">The entity is the default value.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly EntrySlot Find(in EntityKey entity)
    {
        var hash = HashOf(entity);
        return ref directory[hash >> shift].Find(entity, hash);
    }

    /// <summary>The entity's entry; null if it has none.</summary>
    public EntityEntry? EntryOf(in EntityKey entity)
    {
        var hash = HashOf(entity);
        return directory[hash >> shift].EntryOf(entity, hash);
    }

    public IEnumerable<EntityEntry> Entries()
    {
        for (var i = 0; i < directory.Length; i += SpanOf(directory[i]))
        {
            foreach (var entry in directory[i].Entries()) yield return entry;
        }

        int SpanOf(EntryPage page) => 1 << (64 - shift - page.Depth);
    }

    /// <summary>All bits depend on the key; differs from process to process for text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashOf(in EntityKey entity)
    {
        unchecked
        {
            var low = entity.Text is { } text ? (uint)text.GetHashCode(StringComparison.Ordinal) : entity.Low;
            var high = Math.BigMul(low ^ entity.Type.Salt, entity.High ^ 0x9e3779b97f4a7c15, out var product);
            var mixed = (high ^ product) * 0xd6e8feb86659fd93;
            return mixed ^ (mixed >> 32);
        }
    }

    /// <summary>Gathers changes of one table and makes the next of them. Used once, by one thread.</summary>
    internal sealed class Editor
    {
        private EntryPage[] directory;
        private int depth;
        private int count;

        /// <summary>Starts from nothing.</summary>
        public Editor()
        {
            depth = 1;
            directory = [new EntryPage(this, depth), new EntryPage(this, depth)];
        }

        public Editor(EntryTable table)
        {
            depth = 64 - table.shift;
            count = table.Count;
            directory = (EntryPage[])table.directory.Clone();
        }

        public EntryTable ToTable() => new(directory, depth, count);

        /// <summary>Adds or replaces.</summary>
        public void Put(EntityEntry entry)
        {
            var hash = HashOf(entry.Entity);
            var page = OwnPage(hash);
            var before = page.Count;
            while (!page.TryPut(entry, hash))
            {
                Split(page, hash);
                page = OwnPage(hash);
                before = page.Count;
            }

            count += page.Count - before;
        }

        /// <summary>Removes the entity if it has an entry.</summary>
        public void Remove(in EntityKey entity)
        {
            var hash = HashOf(entity);
            if (directory[hash >> (64 - depth)].Find(entity, hash).IsEmpty) return;
            OwnPage(hash).Remove(entity, hash);
            count--;
        }

        private EntryPage OwnPage(ulong hash)
        {
            var page = directory[hash >> (64 - depth)];
            if (page.Owner == this) return page;
            var copy = page.CopyFor(this);
            PlacesOf(page, hash).Fill(copy);
            return copy;
        }

        private void Split(EntryPage page, ulong hash)
        {
            if (page.Depth == depth) DoubleDirectory();
            var places = PlacesOf(page, hash);
            var (left, right) = (new EntryPage(this, page.Depth + 1), new EntryPage(this, page.Depth + 1));
            foreach (var entry in page.Entries())
            {
                var entryHash = HashOf(entry.Entity);
                var isRight = (entryHash >> (63 - page.Depth) & 1) == 1;
                (isRight ? right : left).TryPut(entry, entryHash);
            }

            places[..(places.Length / 2)].Fill(left);
            places[(places.Length / 2)..].Fill(right);
        }

        private void DoubleDirectory()
        {
            if (depth == MaxDepth) throw new InvalidOperationException($"The mapping table can't hold more than its {count} entries.");
            var doubled = new EntryPage[directory.Length * 2];
            for (var i = 0; i < doubled.Length; i++) doubled[i] = directory[i / 2];
            directory = doubled;
            depth++;
        }

        private Span<EntryPage> PlacesOf(EntryPage page, ulong hash)
        {
            var length = 1 << (depth - page.Depth);
            var first = (int)(hash >> (64 - depth)) & -length;
            return directory.AsSpan(first, length);
        }
    }
}
