using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Reads what a <see cref="ChecksumWriter"/> wrote, from the front.</summary>
internal ref struct SavedBytes(ReadOnlySpan<byte> bytes)
{
    private const int TrailerLength = sizeof(long) + sizeof(uint);

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

    /// <summary>What lies between the settings and the trailer, once all of it has been found whole and fitting.</summary>
    /// <param name="saved">All of the bytes.</param>
    /// <param name="magic">What they begin with.</param>
    /// <param name="version">The version that can be read.</param>
    /// <param name="settings">The settings that they have to be of: times in ticks.</param>
    /// <exception cref="ProfileFormatException">They are not.</exception>
    public static SavedBytes Check(ReadOnlySpan<byte> saved, ulong magic, int version, ReadOnlySpan<long> settings)
    {
        if (saved.Length < sizeof(ulong) || new SavedBytes(saved).Read<ulong>() != magic)
            throw new ProfileFormatException(ProfileFormatProblem.NotProfiles, "they don't begin as saved profiles do");

        var length = saved.Length - TrailerLength;
        if (length < sizeof(ulong) + sizeof(int) || new SavedBytes(saved[length..]).Read<long>() != length)
            throw new ProfileFormatException(ProfileFormatProblem.Truncated, $"their {saved.Length} bytes aren't as many as were saved");
        if (new SavedBytes(saved[^sizeof(uint)..]).Read<uint>() != ChecksumWriter.Checksum(0, saved[..^sizeof(uint)]))
            throw new ProfileFormatException(ProfileFormatProblem.Damaged, "their checksum is not that of what was saved");

        var bytes = new SavedBytes(saved[sizeof(ulong)..length]);
        var found = bytes.Read<int>();
        if (found != version)
            throw new ProfileFormatException(ProfileFormatProblem.OtherVersion, $"they are of format {found}, and this version reads {version}");
        foreach (var expected in settings)
        {
            var time = bytes.Read<long>();
            if (time != expected) throw OtherSettings(time, expected);
        }

        return bytes;
    }

    /// <exception cref="ProfileFormatException">There is more.</exception>
    public readonly void End()
    {
        if (rest.Length > 0) throw new ProfileFormatException(ProfileFormatProblem.Damaged, "they hold more than they name");
    }

    public void Read<T>(Span<T> into)
        where T : unmanaged => Take(MemoryMarshal.AsBytes(into).Length).CopyTo(MemoryMarshal.AsBytes(into));

    private static ProfileFormatException OtherSettings(long found, long expected) => new(
        ProfileFormatProblem.OtherSettings,
        $"slot length or a time constant was {TimeSpan.FromTicks(found)} when they were saved and is {TimeSpan.FromTicks(expected)} now");

    public string? ReadText()
    {
        var length = Read<int>();
        return length < 0 ? null : new string(MemoryMarshal.Cast<byte, char>(Take(length * sizeof(char))));
    }

    /// <summary>What <see cref="ChecksumWriter.WriteEntity"/> wrote.</summary>
    public EntityKey ReadEntity()
    {
        var type = EntityType.Of(ReadText()!, (KeyKind)Read<int>());
        return type.Parse(ReadText()!);
    }
}
