using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>In which form a column holds keys and groups: the first that suits the kind and that the column can hold.</summary>
internal static class ValueForms
{
    public static ImmutableArray<ValueForm> Of(KeyKind kind) => kind switch
    {
        KeyKind.Integer => [ValueForm.Integer],
        KeyKind.Uuid => [ValueForm.Uuid, ValueForm.UuidBytes],
        _ => [ValueForm.Text],
    };

    public static ImmutableArray<ValueForm> Of(GroupKind kind) => kind switch
    {
        GroupKind.Segment => [ValueForm.Text],
        GroupKind.Integer => [ValueForm.Integer],
        GroupKind.Date => [ValueForm.Date],
        _ => [ValueForm.Time],
    };

    /// <summary>The column's form; where no wanted one fits (only group columns of types that can't be split), the first wanted.</summary>
    public static ValueForm Choose(this CatalogueColumn column, ImmutableArray<ValueForm> wanted)
    {
        foreach (var form in wanted)
        {
            if (column.Forms.Contains(form)) return form;
        }

        return wanted[0];
    }
}
