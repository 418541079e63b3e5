using System.Buffers.Binary;
using CsCheck;

namespace Foreshard.PostgreSql.Tests;

public sealed class BinaryRowsTests
{
    private static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0];

    /// <summary>Lengths of the fields of some rows; -1 is NULL.</summary>
    private static readonly Gen<int[][]> Rows = Gen.Int[-1, 300].Array[0, 6].Array[0, 12];

    [Fact]
    public void Rows_are_counted_however_the_bytes_are_cut_and_whatever_they_are() =>
        Gen.Select(Rows, Gen.Int[0, 40], Gen.Int[1, 50].Array[1, 20], Gen.Byte, Gen.Bool).Sample((rows, extension, cuts, filler, hasTrailer) =>
        {
            var bytes = Copy(rows, extension, filler, hasTrailer);
            var counted = new BinaryRows();
            for (var (at, cut) = (0, 0); at < bytes.Length; cut++)
            {
                var end = Math.Min(bytes.Length, at + cuts[cut % cuts.Length]);
                counted.Pass(bytes.AsSpan(at, end - at));
                at = end;
            }

            Assert.Equal(rows.Length, counted.Count);
        });

    [Fact]
    public void A_row_counts_once_its_last_byte_is_there()
    {
        var bytes = Copy([[3, -1, 8], [2]], extension: 0, filler: 0xFF, hasTrailer: false);
        var counted = new BinaryRows();

        counted.Pass(bytes.AsSpan(0, bytes.Length - 1));
        Assert.Equal(1, counted.Count);
        counted.Pass(bytes.AsSpan(bytes.Length - 1));
        Assert.Equal(2, counted.Count);
    }

    private static byte[] Copy(int[][] rows, int extension, byte filler, bool hasTrailer)
    {
        List<byte> bytes = [.. Signature, 0, 0, 0, 0, .. Whole(extension), .. Enumerable.Repeat(filler, extension)];
        foreach (var row in rows)
        {
            bytes.AddRange([0, (byte)row.Length]);
            foreach (var length in row)
            {
                bytes.AddRange(Whole(length));
                bytes.AddRange(Enumerable.Repeat(filler, Math.Max(length, 0)));
            }
        }

        if (hasTrailer) bytes.AddRange([0xFF, 0xFF]);
        return [.. bytes];
    }

    private static byte[] Whole(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}
