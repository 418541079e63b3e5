using System.Buffers.Binary;

namespace Foreshard.PostgreSql;

/// <summary>Counts the rows of a binary COPY as its bytes go by, in pieces of any size.</summary>
/// <remarks>
/// PostgreSQL's documentation of COPY has the format: a header with an extension of a stated length, then for each row the number of its fields in two bytes,
/// and for each field its length in four (-1: NULL) and so many bytes; -1 instead of a row's number of fields ends it.
/// </remarks>
internal struct BinaryRows()
{
    /// <summary>The signature and the flags.</summary>
    private const int FixedHeader = 11 + 4;

    private const int FieldCountBytes = 2;
    private const int LengthBytes = 4;

    private Part expected = Part.Header;
    private long skipped = FixedHeader;
    private int wanted = LengthBytes;
    private uint number;
    private int fields;

    private enum Part
    {
        Header,
        Row,
        Field,
        End,
    }

    /// <summary>Rows that have gone by whole.</summary>
    public long Count { get; private set; }

    public void Pass(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && expected != Part.End)
        {
            if (skipped > 0)
            {
                var some = (int)Math.Min(skipped, bytes.Length);
                skipped -= some;
                bytes = bytes[some..];
            }
            else if (wanted == LengthBytes && bytes.Length >= LengthBytes)
            {
                number = BinaryPrimitives.ReadUInt32BigEndian(bytes);
                bytes = bytes[LengthBytes..];
                Take(unchecked((int)number));
            }
            else
            {
                number = number << 8 | bytes[0];
                bytes = bytes[1..];
                if (--wanted == 0) Take(expected == Part.Row ? unchecked((short)number) : unchecked((int)number));
            }
        }
    }

    private void Take(int value)
    {
        switch (expected)
        {
            case Part.Header:
                skipped = value;
                expected = Part.Row;
                break;
            case Part.Row when value < 0:
                expected = Part.End;
                break;
            case Part.Row:
                fields = value;
                EndFields();
                break;
            default:
                skipped = Math.Max(value, 0);
                fields--;
                EndFields();
                break;
        }

        number = 0;
        wanted = expected == Part.Field ? LengthBytes : FieldCountBytes;
    }

    private void EndFields()
    {
        expected = fields > 0 ? Part.Field : Part.Row;
        if (fields == 0) Count++;
    }
}
