using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Fast and slow averages of reads and writes per second; 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct FlowAverages
{
    public float ReadsFast;
    public float ReadsSlow;
    public float WritesFast;
    public float WritesSlow;

    /// <summary>Lets all fade.</summary>
    public void Scale(double fast, double slow)
    {
        ReadsFast = (float)(ReadsFast * fast);
        ReadsSlow = (float)(ReadsSlow * slow);
        WritesFast = (float)(WritesFast * fast);
        WritesSlow = (float)(WritesSlow * slow);
    }

    /// <summary>Adds rates, weighted.</summary>
    public void Add(double reads, double writes, double fast, double slow)
    {
        ReadsFast = (float)(ReadsFast + (reads * fast));
        ReadsSlow = (float)(ReadsSlow + (reads * slow));
        WritesFast = (float)(WritesFast + (writes * fast));
        WritesSlow = (float)(WritesSlow + (writes * slow));
    }

    public void Add(in FlowAverages other)
    {
        ReadsFast += other.ReadsFast;
        ReadsSlow += other.ReadsSlow;
        WritesFast += other.WritesFast;
        WritesSlow += other.WritesSlow;
    }
}
