using Foreshard.FleetClient;

namespace Foreshard.Fleet.Tests.Histories;

/// <summary>One thing that a client did.</summary>
/// <param name="Client">Who.</param>
/// <param name="Number">Its how manieth act it is.</param>
/// <param name="Act">One of <see cref="Acts"/>.</param>
/// <param name="Key">To what.</param>
/// <param name="Argument">With what.</param>
/// <param name="Start">When it was asked for, on the machine's clock.</param>
/// <param name="End">When the answer came; <see cref="long.MaxValue"/>: never.</param>
/// <param name="Outcome">One of <see cref="Outcomes"/>; whoever was killed in between doesn't know.</param>
/// <param name="Result">The answer.</param>
internal sealed record HistoryEvent(
    string Client, int Number, string Act, string Key, string Argument, long Start, long End, string Outcome, string Result)
{
    public bool IsDone => Outcome == Outcomes.Done;

    /// <summary>Whether it may have happened.</summary>
    public bool MayBe => Outcome != Outcomes.Failed;

    public override string ToString() => $"{Client}#{Number} {Act} {Key} '{Argument}' {Outcome} '{Result}' [{Start}–{End}]";
}
