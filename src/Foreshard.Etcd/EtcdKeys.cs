using System.Globalization;
using System.Text;
using Foreshard.Mapping;
using Google.Protobuf;

namespace Foreshard.Etcd;

/// <summary>The keys of one store. docs/etcd.md lists them with their values.</summary>
internal sealed class EtcdKeys(string store)
{
    /// <summary>Buckets in one value: a change of one bucket writes 2 to 4 KB, and 4,096 buckets are 64 keys.</summary>
    public const int PageSize = 64;

    public const string Partitions = "partitions/";

    public const string Buckets = "buckets/";

    public const string Entries = "entries/";

    public const string Records = "records/";

    public const string Changes = "changes/";

    public const string Numbers = "numbers/";

    // Two keys that differ only in what UTF-8 can't say must not become one.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What all keys of the store begin with.</summary>
    public string Prefix { get; } = $"/foreshard/{store}/";

    /// <summary>Holds the number of this layout; a store is there once it is.</summary>
    public ByteString Format => Of("format");

    /// <summary>Whoever is making the store; gone once it is made.</summary>
    public ByteString Creating => Of("creating");

    /// <summary>The store's version. Written by every change, so that comparing its revision is comparing everything.</summary>
    public ByteString Version => Of("version");

    public ByteString Of(string name) => ByteString.CopyFrom(Prefix + name, Strict);

    public ByteString Change(long version) => Of(string.Create(CultureInfo.InvariantCulture, $"{Changes}{version:D19}"));

    public ByteString Page(int page) => Of(string.Create(CultureInfo.InvariantCulture, $"{Buckets}{page:D5}"));

    public ByteString Partition(PartitionId partition) => Of(string.Create(CultureInfo.InvariantCulture, $"{Partitions}{partition.Value:D10}"));

    /// <summary>Beside the entries of the same page of buckets, so that a table is read in small ranges: etcd looks at a whole range for each page.</summary>
    public ByteString Entry(in EntityKey entity, UnitId bucket) => Of(
        $"{EntriesFrom(bucket.Value / PageSize)}/{entity.Type.Name}/{entity.Type.KeyKind}/{entity.KeyText()}");

    /// <summary>What the entries begin with whose buckets are in that page; those of later pages come after it.</summary>
    public static string EntriesFrom(int page) => string.Create(CultureInfo.InvariantCulture, $"{Entries}{page:D5}");

    public ByteString Record(string key) => Of(Records + key);

    public ByteString Number(NumberKind kind) => Of(Numbers + kind.ToString());

    public ByteString Lease(string name) => Of("leases/" + name);

    /// <summary>The name behind a prefix of this store's.</summary>
    public string NameOf(ByteString key, string folder) => Strict.GetString(key.Span[(Prefix.Length + folder.Length)..]);

    /// <summary>The entity that an entry's key names.</summary>
    /// <exception cref="FormatException">It names none.</exception>
    public EntityKey EntityOf(ByteString key)
    {
        var name = NameOf(key, Entries);
        var page = name.IndexOf('/', StringComparison.Ordinal);
        var type = page < 0 ? -1 : name.IndexOf('/', page + 1);
        var kind = type < 0 ? -1 : name.IndexOf('/', type + 1);
        if (kind < 0 || !Enum.TryParse<KeyKind>(name.AsSpan(type + 1, kind - type - 1), out var keyKind))
            throw new FormatException($"'{Prefix}{Entries}{name}' names no entity");
        return EntityType.Of(name[(page + 1)..type], keyKind).Parse(name[(kind + 1)..]);
    }

    /// <summary>The first key after all that begin so.</summary>
    public static ByteString EndOf(ByteString prefix)
    {
        var bytes = prefix.ToByteArray();

        // All prefixes of a store end with a character of UTF-8, and none of its bytes is 0xFF.
        bytes[^1]++;
        return ByteString.CopyFrom(bytes);
    }

    /// <summary>The key right behind one.</summary>
    public static ByteString After(ByteString key)
    {
        var bytes = new byte[key.Length + 1];
        key.CopyTo(bytes, 0);
        return ByteString.CopyFrom(bytes);
    }
}
