namespace Foreshard.PostgreSql;

/// <summary>Rows of a unit refer to rows that the target lacks. The move was undone; the source still owns the unit.</summary>
public sealed class DanglingRowsException : ForeshardException
{
    internal DanglingRowsException(string partition, string table, string foreignKey)
        : base($"On partition '{partition}' rows of table '{table}' would point at nothing by their foreign key {foreignKey}. The move is undone and nothing "
            + "was lost: the source still owns the unit. Reference tables must have the same rows everywhere: compare them, and write them with "
            + "WriteReferenceAsync only.")
    {
        Partition = partition;
        Table = table;
    }

    /// <summary>The target's name.</summary>
    public string Partition { get; }

    /// <summary>The table whose rows point at nothing.</summary>
    public string Table { get; }
}
