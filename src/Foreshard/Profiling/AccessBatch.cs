using System.Buffers;
using System.IO.Compression;

namespace Foreshard.Profiling;

/// <summary>An interval's accesses as bytes, for another process to add to its own: sums by key, edges, and what was folded.</summary>
/// <remarks>Names are written once; the whole is compressed, and ends with its length and a checksum.</remarks>
internal static class AccessBatch
{
    private const ulong Magic = 0x68636274_61636366; // "fccatbch"
    private const int Version = 1;

    /// <summary>Saves an interval.</summary>
    public static byte[] Save(AccessInterval interval)
    {
        var plain = new ArrayBufferWriter<byte>();
        var writer = new ChecksumWriter(plain);
        writer.WriteHeader(Magic, Version, []);
        var names = new Names();
        for (var i = 0; i < interval.RowCount; i++) names.Note(interval.Row(i).Key);
        for (var i = 0; i < interval.EdgeCount; i++) names.Note(interval.Edge(i).Key);
        names.Save(writer);
        writer.Write(interval.RowCount);
        for (var i = 0; i < interval.RowCount; i++)
        {
            ref readonly var row = ref interval.Row(i);
            names.Write(writer, row.Key.Entity);
            writer.Write(row.Key.Group.IsNone ? (byte)255 : (byte)row.Key.Group.Kind);
            writer.Write(row.Key.Group.Position);
            writer.Write(names.Of(row.Key.Group.Segment));
            writer.Write(names.Of(row.Key.Segment));
            writer.Write(names.Of(row.Key.Region));
            writer.Write(row.Tally);
        }

        writer.Write(interval.EdgeCount);
        for (var i = 0; i < interval.EdgeCount; i++)
        {
            ref readonly var edge = ref interval.Edge(i);
            names.Write(writer, edge.Key.Entity);
            names.Write(writer, edge.Key.Partner);
            writer.Write(edge.Tally);
        }

        writer.Write(interval.Folded);
        writer.WriteTrailer();
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true)) brotli.Write(plain.WrittenSpan);
        return packed.ToArray();
    }

    /// <summary>Adds what was saved to an interval.</summary>
    /// <exception cref="ProfileFormatException">It is no batch, or damaged; nothing was added.</exception>
    public static void AddTo(AccessInterval interval, ReadOnlySpan<byte> packed)
    {
        var table = new AccessTable(AccessLimits.Default);
        var bytes = SavedBytes.Check(Unpack(packed), Magic, Version, []);
        var names = Names.Load(ref bytes);
        for (var left = bytes.Read<int>(); left > 0; left--)
        {
            var entity = names.ReadEntity(ref bytes);
            var kind = bytes.Read<byte>();
            var position = bytes.Read<long>();
            var group = kind == 255 ? default : GroupOf((GroupKind)kind, position, names.ReadText(ref bytes));
            if (kind == 255) bytes.Read<int>();
            var segment = names.ReadText(ref bytes);
            table.Add(new AccessKey(entity, group, segment, names.ReadText(ref bytes)), bytes.Read<AccessTally>());
        }

        for (var left = bytes.Read<int>(); left > 0; left--)
        {
            var edge = new CoAccess(names.ReadEntity(ref bytes), names.ReadEntity(ref bytes));
            table.AddEdge(edge, bytes.Read<long>());
        }

        table.AddFolded(bytes.Read<FoldedAccesses>());
        bytes.End();
        interval.Add(table);
    }

    private static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        try
        {
            using var stream = new BrotliStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            stream.CopyTo(plain);
            return plain.ToArray();
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw new ProfileFormatException(ProfileFormatProblem.Damaged, "they can't be unpacked");
        }
    }

    private static GroupKey GroupOf(GroupKind kind, long position, string? segment) => kind == GroupKind.Segment
        ? GroupKey.Of(segment ?? "")
        : GroupKey.At(kind, position);

    /// <summary>Types and labels by number.</summary>
    private sealed class Names
    {
        private readonly Dictionary<EntityType, int> types = [];
        private readonly List<EntityType> typeList = [];
        private readonly Dictionary<string, int> texts = new(StringComparer.Ordinal);
        private readonly List<string> textList = [];

        public static Names Load(ref SavedBytes bytes)
        {
            var names = new Names();
            for (var left = bytes.Read<int>(); left > 0; left--)
            {
                var name = bytes.ReadText() ?? "";
                names.typeList.Add(EntityType.Of(name, (KeyKind)bytes.Read<int>()));
            }

            for (var left = bytes.Read<int>(); left > 0; left--) names.textList.Add(bytes.ReadText() ?? "");
            return names;
        }

        public void Note(in AccessKey key)
        {
            Note(key.Entity);
            Note(key.Group.Segment);
            Note(key.Segment);
            Note(key.Region);
        }

        public void Note(in CoAccess edge)
        {
            Note(edge.Entity);
            Note(edge.Partner);
        }

        public void Save(ChecksumWriter writer)
        {
            writer.Write(typeList.Count);
            foreach (var type in typeList)
            {
                writer.Write(type.Name);
                writer.Write((int)type.KeyKind);
            }

            writer.Write(textList.Count);
            foreach (var text in textList) writer.Write(text);
        }

        public int Of(string? text) => text is null ? -1 : texts[text];

        public string? ReadText(ref SavedBytes bytes)
        {
            var number = bytes.Read<int>();
            return number < 0 ? null : At(textList, number);
        }

        public void Write(ChecksumWriter writer, in EntityKey entity)
        {
            writer.Write(types[entity.Type]);
            writer.Write(entity.KeyText());
        }

        public EntityKey ReadEntity(ref SavedBytes bytes) => At(typeList, bytes.Read<int>()).Parse(bytes.ReadText()!);

        private static T At<T>(List<T> list, int number) => (uint)number < (uint)list.Count
            ? list[number]
            : throw new ProfileFormatException(ProfileFormatProblem.Damaged, "they name what they don't hold, though the checksum is right");

        private void Note(in EntityKey entity)
        {
            if (types.TryAdd(entity.Type, typeList.Count)) typeList.Add(entity.Type);
        }

        private void Note(string? text)
        {
            if (text is not null && texts.TryAdd(text, textList.Count)) textList.Add(text);
        }
    }
}
