namespace Foreshard.Cli.Commands;

/// <summary>What plans are about, in words.</summary>
internal static class PlanSubject
{
    /// <summary>As <c>customer/42 {eu}</c>, or <c>bucket 17</c>.</summary>
    public static string Of(UnitId unit, EntityKey entity, ShardScope scope) =>
        entity.IsNone ? $"bucket {unit.Value}" : scope.IsWhole ? entity.ToString() : $"{entity} {scope}";
}
