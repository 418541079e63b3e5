using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>What was probably meant by a name that there isn't.</summary>
internal static class NearNames
{
    private const int Shown = 5;

    /// <summary>That there is no such entity, and which are written alike.</summary>
    public static string Missing(string wanted, IReadOnlyCollection<EntityKey> entities)
    {
        var near = string.Join(", ", entities.OrderBy(entity => Distance(wanted, entity)).ThenBy(one => one).Take(Shown));
        return $"There is no entity '{wanted}' among {Words.Count(entities.Count)}. Near are: {near}.";
    }

    /// <summary>How many characters differ, in any place: the distance of Levenshtein, without regard to case.</summary>
    public static int Distance(string wanted, EntityKey entity)
    {
        var name = wanted.Contains('/', StringComparison.Ordinal) ? entity.ToString() : entity.KeyText();
        var (left, right) = (wanted.ToUpperInvariant(), name.ToUpperInvariant());
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
