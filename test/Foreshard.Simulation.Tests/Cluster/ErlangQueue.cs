namespace Foreshard.Simulation.Tests.Cluster;

/// <summary>The exact M/M/c queue (Erlang C), and one that is played event by event.</summary>
internal static class ErlangQueue
{
    /// <summary>Chance that an arrival waits.</summary>
    public static double WaitChance(int workers, double utilisation)
    {
        var offered = workers * utilisation;
        double term = 1, sum = 1;
        for (var k = 1; k < workers; k++)
        {
            term *= offered / k;
            sum += term;
        }

        var last = term * offered / workers / (1 - utilisation);
        return last / (sum + last);
    }

    /// <summary>Mean wait of all arrivals, in service times.</summary>
    public static double MeanWait(int workers, double utilisation) => WaitChance(workers, utilisation) / (workers * (1 - utilisation));

    /// <summary>Waits of arrivals at a queue of workers with exponential services of mean 1, first come first served.</summary>
    public static List<double> Play(int workers, double utilisation, int arrivals, int seed)
    {
        var random = new Random(seed);
        var free = new double[workers];
        var waits = new List<double>(arrivals);
        var now = 0.0;
        for (var i = 0; i < arrivals; i++)
        {
            now += Exponential(1 / (workers * utilisation));
            var worker = Array.IndexOf(free, free.Min());
            var begin = Math.Max(now, free[worker]);
            waits.Add(begin - now);
            free[worker] = begin + Exponential(1);
        }

        return waits;

        double Exponential(double mean) => -mean * Math.Log(1 - random.NextDouble());
    }
}
