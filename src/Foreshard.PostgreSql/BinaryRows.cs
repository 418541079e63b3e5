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

    private Part part = Part.Header;
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
        while (bytes.Length > 0 && part != Part.End)
        {
            if (skipped > 0)
            {
                var some = (int)Math.Min(skipped, bytes.Length);
                skipped -= some;
                bytes = bytes[some..];
                if (skipped == 0 && part == Part.Field) EndField();
            }
            else if (wanted == LengthBytes && bytes.Length >= LengthBytes)
            {
                Take(BinaryPrimitives.ReadInt32BigEndian(bytes));
                bytes = bytes[LengthBytes..];
            }
            else
            {
                number = number << 8 | bytes[0];
                bytes = bytes[1..];
                if (--wanted == 0) Take(part == Part.Row ? unchecked((short)number) : unchecked((int)number));
            }
        }
    }

    /// <summary>A number has come: the extension's length, a row's fields or a field's length.</summary>
    private void Take(int value)
    {
        switch (part)
        {
            case Part.Header:
                skipped = value;
                Expect(Part.Row);
                break;
            case Part.Row when value < 0:
                part = Part.End;
                break;
            case Part.Row:
                fields = value + 1;
                EndField();
                break;
            default:
                skipped = Math.Max(value, 0);
                if (skipped == 0) EndField();
                else Expect(Part.Field);
                break;
        }
    }

    private void EndField()
    {
        if (--fields == 0) Count++;
        Expect(fields == 0 ? Part.Row : Part.Field);
    }

    private void Expect(Part next)
    {
        part = next;
        number = 0;
        wanted = next == Part.Row ? FieldCountBytes : LengthBytes;
    }
}
