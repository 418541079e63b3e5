namespace Foreshard.Benchmarks;

internal static class ForecastCycleBench
{
    public static void Run()
    {
    }
}
