using System.Globalization;
using Foreshard.Mapping;

namespace Foreshard.Tests.Mapping;

public sealed class KeyHashTests
{
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly EntityType Device = EntityType.Of("device", KeyKind.Uuid);
    private static readonly EntityType Tenant = EntityType.Of("tenant", KeyKind.Text);

    [Fact]
    public void Keys_hash_as_PostgreSQL_hashes_them()
    {
        var vectors = Vectors();

        Assert.Equal(344, vectors.Count);
        Assert.All(vectors, vector => Assert.Equal(vector.Hash, KeyHash.Of(vector.Entity)));
    }

    [Fact]
    public void A_bucket_is_the_low_bits_of_the_hash()
    {
        Assert.All(Vectors(), vector => Assert.Equal(vector.Hash & 4095, KeyHash.BucketOf(vector.Entity, 4096)));
        Assert.All(Vectors(), vector => Assert.Equal(0, KeyHash.BucketOf(vector.Entity, 1)));
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        EntityKey[] keys = [Customer.Key(-7), Device.Key(Guid.AllBitsSet), Tenant.Key("Größe"), Tenant.Key(new string('x', 5000))];
        var sum = keys.Sum(key => KeyHash.Of(key) & 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var key in keys) sum += KeyHash.Of(key) & 1;

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(sum, 0, 8);
    }

    [Fact]
    public void The_default_value_has_no_hash() => Assert.Throws<InvalidOperationException>(() => KeyHash.Of(default));

    private static List<(EntityKey Entity, long Hash)> Vectors() =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Mapping", "key-hash-vectors.csv")).Skip(1).Select(Vector)];

    private static (EntityKey Entity, long Hash) Vector(string line)
    {
        var (keyAt, hashAt) = (line.IndexOf(',', StringComparison.Ordinal) + 1, line.LastIndexOf(',') + 1);
        var key = line[keyAt..(hashAt - 1)].Trim('"');
        var type = line[..(keyAt - 1)] switch { "integer" => Customer, "uuid" => Device, _ => Tenant };
        return (type.Parse(key), long.Parse(line[hashAt..], CultureInfo.InvariantCulture));
    }
}
