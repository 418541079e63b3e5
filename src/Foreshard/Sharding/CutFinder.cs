namespace Foreshard.Sharding;

internal static class CutFinder
{
    public static CutResult Find(SplitSubject subject, int parts, CutOptions options) =>
        new(null, CutRefusal.OneGroup, $"placeholder {subject.ShardCount} {parts} {options}");
}
