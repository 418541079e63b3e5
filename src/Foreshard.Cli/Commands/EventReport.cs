using System.Globalization;
using Foreshard.Autopilot;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <param name="Id">Its number in the file.</param>
/// <param name="Name">What people call it; null if it has no name.</param>
/// <param name="Entity">Type and key; null for all entities.</param>
/// <param name="From">When it begins.</param>
/// <param name="To">When it is over.</param>
/// <param name="Times">What the usual load is multiplied by.</param>
internal sealed record EventReport(int Id, string? Name, string? Entity, DateTime From, DateTime To, double Times)
{
    public static EventReport Of(AnnouncedEvent one) => new(one.Id, one.Name, one.Entity, one.From.UtcDateTime, one.To.UtcDateTime, one.Times);

    public string Sentence()
    {
        var name = Name is null ? "" : $" ({Name})";
        var times = Times.ToString("0.###", CultureInfo.InvariantCulture);
        return $"event {Id}{name}: {Entity ?? "all entities"}, {times} times the usual load from {Words.Moment(From)} to {Words.Moment(To)} UTC.";
    }
}
