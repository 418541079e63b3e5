using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Foreshard.Mapping;

/// <summary>The published hash that sorts keys into buckets: PostgreSQL's own, seed 0, so that SQL there can select a bucket.</summary>
/// <remarks>
/// Jenkins' lookup3 as in PostgreSQL's <c>hash_bytes_extended</c> on a little-endian server. The type of the entity has no part in it:
/// customer 42 and order 42 share a bucket. Pure; allocates nothing.
/// </remarks>
internal static class KeyHash
{
    private const uint Start = 0x9e3779b9 + 3923095;

    /// <summary>Longest text whose UTF-8 form fits the stack; longer text borrows an array.</summary>
    private const int MaxStackChars = 170;

    /// <summary>The bucket of a key: the low bits of its hash.</summary>
    /// <param name="entity">Any but the default value.</param>
    /// <param name="bucketCount">A power of two.</param>
    public static int BucketOf(in EntityKey entity, int bucketCount) => (int)(Of(entity) & (bucketCount - 1));

    /// <summary>The hash of the key by the function for its kind.</summary>
    /// <exception cref="InvalidOperationException">The entity is the default value.</exception>
    public static long Of(in EntityKey entity) => entity.Type.KeyKind switch
    {
        KeyKind.Integer => OfInteger(entity.Integer),
        KeyKind.Uuid => OfUuid(entity.High, entity.Low),
        _ => OfText(entity.Text),
    };

    /// <summary><c>hashint8extended(value, 0)</c>.</summary>
    public static long OfInteger(long value)
    {
        unchecked
        {
            var folded = (uint)value ^ (uint)((value >= 0 ? value : ~value) >> 32);
            return Finish(Start + sizeof(uint) + folded, Start + sizeof(uint), Start + sizeof(uint));
        }
    }

    /// <summary><c>uuid_hash_extended(value, 0)</c>, of the UUID's bytes in network order.</summary>
    public static long OfUuid(ulong high, ulong low)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
        return OfBytes(bytes);
    }

    /// <summary><c>hashtextextended(value COLLATE "C", 0)</c> in a UTF-8 database.</summary>
    public static long OfText(ReadOnlySpan<char> value)
    {
        if (value.Length <= MaxStackChars)
        {
            Span<byte> bytes = stackalloc byte[MaxStackChars * 3];
            return OfBytes(bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        var hash = OfBytes(rented.AsSpan(0, Encoding.UTF8.GetBytes(value, rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <summary><c>hash_bytes_extended(bytes, 0)</c>; of text in UTF-8 the same as <see cref="OfText"/>.</summary>
    public static long OfBytes(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            var a = Start + (uint)bytes.Length;
            var b = a;
            var c = a;
            for (; bytes.Length >= 12; bytes = bytes[12..])
            {
                a += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                b += BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
                c += BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
                Mix(ref a, ref b, ref c);
            }

            Span<byte> rest = stackalloc byte[12];
            rest.Clear();
            bytes.CopyTo(rest);
            a += BinaryPrimitives.ReadUInt32LittleEndian(rest);
            b += BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);

            // The lowest byte of c is the length's, hence the shift.
            c += BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]) << 8;
            return Finish(a, b, c);
        }
    }

    private static void Mix(ref uint a, ref uint b, ref uint c)
    {
        unchecked
        {
            a -= c;
            a ^= BitOperations.RotateLeft(c, 4);
            c += b;
            b -= a;
            b ^= BitOperations.RotateLeft(a, 6);
            a += c;
            c -= b;
            c ^= BitOperations.RotateLeft(b, 8);
            b += a;
            a -= c;
            a ^= BitOperations.RotateLeft(c, 16);
            c += b;
            b -= a;
            b ^= BitOperations.RotateLeft(a, 19);
            a += c;
            c -= b;
            c ^= BitOperations.RotateLeft(b, 4);
            b += a;
        }
    }

    private static long Finish(uint a, uint b, uint c)
    {
        unchecked
        {
            c = (c ^ b) - BitOperations.RotateLeft(b, 14);
            a = (a ^ c) - BitOperations.RotateLeft(c, 11);
            b = (b ^ a) - BitOperations.RotateLeft(a, 25);
            c = (c ^ b) - BitOperations.RotateLeft(b, 16);
            a = (a ^ c) - BitOperations.RotateLeft(c, 4);
            b = (b ^ a) - BitOperations.RotateLeft(a, 14);
            c = (c ^ b) - BitOperations.RotateLeft(b, 24);
            return (long)(((ulong)b << 32) | c);
        }
    }
}
