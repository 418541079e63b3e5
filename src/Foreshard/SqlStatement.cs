namespace Foreshard;

/// <summary>One statement of a batch.</summary>
/// <param name="Sql">The statement, with the entity's key and, on grouped rows, the group in it.</param>
/// <param name="Arguments">Its parameters by name, without or with the driver's prefix; null: it has none.</param>
public readonly record struct SqlStatement(string Sql, IReadOnlyDictionary<string, object?>? Arguments = null);
