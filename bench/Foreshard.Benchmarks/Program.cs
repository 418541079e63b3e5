using Foreshard.Benchmarks;

var benchmarks = new SortedDictionary<string, Action>(StringComparer.Ordinal)
{
    ["log-read"] = LogReadBench.Run,
    ["lookup"] = LookupBench.Run,
    ["move-sqlite"] = MoveBench.Speed,
    ["small-moves-sqlite"] = MoveBench.Small,
    ["split-writers-sqlite"] = MoveBench.Writers,
    ["stall-sqlite"] = MoveBench.Stall,
    ["profile-memory"] = ProfileMemoryBench.Run,
    ["recorder"] = RecorderBench.Run,
    ["session-sqlite"] = SessionBench.Run,
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
        run();
        continue;
    }

    Console.Error.WriteLine($"No benchmark is called '{name}'; there are: {string.Join(", ", benchmarks.Keys)}.");
    return 1;
}

return 0;
