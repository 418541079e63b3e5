namespace Foreshard.Simulation.AccessLogs;

/// <summary>The entities of a table, by the names of its columns or rows.</summary>
internal static class TableKeys
{
    /// <summary>Whether a name is a key of that type.</summary>
    public static bool TryParse(EntityType type, string name, out EntityKey key)
    {
        key = default;
        if (name.Length == 0) return false;
        try
        {
            key = type.Parse(name);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
