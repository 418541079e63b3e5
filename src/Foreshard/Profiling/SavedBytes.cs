using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Reads what a <see cref="ChecksumWriter"/> wrote, from the front.</summary>
internal ref struct SavedBytes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public readonly int Left => rest.Length;

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)rest.Length)
            throw new ProfileFormatException(ProfileFormatProblem.Damaged, "they name more than they hold, though the checksum is right");
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    public T Read<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(Take(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    public string? ReadText()
    {
        var length = Read<int>();
        return length < 0 ? null : new string(MemoryMarshal.Cast<byte, char>(Take(length * sizeof(char))));
    }
}
