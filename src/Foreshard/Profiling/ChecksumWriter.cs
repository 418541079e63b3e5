using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Writes values and keeps their length and CRC-32C, which finds every change within 32 bits.</summary>
internal sealed class ChecksumWriter(IBufferWriter<byte> target)
{
    private uint checksum;

    public long Length { get; private set; }

    public static uint Checksum(uint checksum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) checksum = BitOperations.Crc32C(checksum, one);
        return checksum;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        target.Write(bytes);
        checksum = Checksum(checksum, bytes);
        Length += bytes.Length;
    }

    public void Write<T>(in T value)
        where T : unmanaged => Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Any text, unpaired surrogates included.</summary>
    public void Write(string? text)
    {
        Write(text?.Length ?? -1);
        Write(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    /// <summary>An entity, with its type.</summary>
    public void WriteEntity(in EntityKey entity)
    {
        Write(entity.Type.Name);
        Write((int)entity.Type.KeyKind);
        Write(entity.KeyText());
    }

    /// <summary>What tells what this is, and under which settings it holds.</summary>
    public void WriteHeader(ulong magic, int version, ReadOnlySpan<long> settings)
    {
        Write(magic);
        Write(version);
        Write(MemoryMarshal.AsBytes(settings));
    }

    /// <summary>Something that was saved by itself, with its length before it; the buffer is free for the next part.</summary>
    public void WritePart(ArrayBufferWriter<byte> part)
    {
        Write(part.WrittenCount);
        Write(part.WrittenSpan);
        part.ResetWrittenCount();
    }

    /// <summary>Length and checksum of all before.</summary>
    public void WriteTrailer()
    {
        Write(Length);
        Write(checksum);
    }
}
