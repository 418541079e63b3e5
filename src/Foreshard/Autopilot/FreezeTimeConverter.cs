using System.ComponentModel;
using System.Globalization;

namespace Foreshard.Autopilot;

/// <summary>Lets freezes be bound from configuration.</summary>
internal sealed class FreezeTimeConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? FreezeTime.Parse(text) : base.ConvertFrom(context, culture, value);
}
