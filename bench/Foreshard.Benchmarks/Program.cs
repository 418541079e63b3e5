using Foreshard.Benchmarks;

var benchmarks = new SortedDictionary<string, Action>(StringComparer.Ordinal)
{
    ["autopilot-overhead"] = SessionBench.Autopilot,
    ["bikes-wape"] = BikesBench.Wape,
    ["bikes-wql90"] = BikesBench.Wql90,
    ["demo"] = DemoBench.Run,
    ["etcd-map"] = EtcdMapBench.Run,
    ["fleet-customers"] = FleetBench.Customers,
    ["fleet-size"] = FleetSizeBench.Run,
    ["forecast-cycle"] = ForecastCycleBench.Run,
    ["log-read"] = LogReadBench.Run,
    ["lookup"] = LookupBench.Run,
    ["m4-msis"] = M4Bench.Msis,
    ["m4-owa"] = M4Bench.Owa,
    ["move-postgres"] = PostgresMoveBench.Speed,
    ["move-sqlite"] = MoveBench.Speed,
    ["small-moves-postgres"] = PostgresMoveBench.Small,
    ["small-moves-sqlite"] = MoveBench.Small,
    ["split-writers-sqlite"] = MoveBench.Writers,
    ["nab-wape"] = NabBench.Run,
    ["stall-postgres"] = PostgresMoveBench.Stall,
    ["stall-sqlite"] = MoveBench.Stall,
    ["oracle-gap"] = FleetBench.Run,
    ["overload-vs-reactive"] = FleetBench.Run,
    ["plan-gap"] = PlanBench.Gap,
    ["plan-time"] = PlanBench.Time,
    ["profile-memory"] = ProfileMemoryBench.Run,
    ["recorder"] = RecorderBench.Run,
    ["retail-wape"] = RetailBench.Run,
    ["session-postgres"] = PostgresSessionBench.Run,
    ["session-sqlite"] = SessionBench.Run,
    ["simulate-speed"] = SimulateSpeedBench.Run,
    ["thrash"] = FleetBench.Run,
};

if (args is ["--list"])
{
    Console.WriteLine(string.Join('\n', benchmarks.Keys));
    return 0;
}

foreach (var name in args.Length == 0 ? [.. benchmarks.Keys] : args)
{
    if (benchmarks.TryGetValue(name, out var run))
    {
        try
        {
            run();
            continue;
        }
        catch (MissingDataException exception)
        {
            Console.Error.WriteLine($"{name}: {exception.Message}");
            return 1;
        }
    }

    Console.Error.WriteLine($"No benchmark is called '{name}'; there are: {string.Join(", ", benchmarks.Keys)}.");
    return 1;
}

return 0;
