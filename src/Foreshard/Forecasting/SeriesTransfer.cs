namespace Foreshard.Forecasting;

/// <summary>Carries what is remembered of a series from one tier to another.</summary>
internal static class SeriesTransfer
{
    /// <param name="from">The series as it is.</param>
    /// <param name="to">Its new place, which knows nothing yet.</param>
    /// <param name="open">The base slot that is open.</param>
    public static void Copy(SeriesView from, SeriesView to, long open)
    {
        to.Head = from.Head;
        to.Head.Known = (ushort)Math.Min(from.Head.Known, to.Layout.RingLength);
        to.Head.Scale = from.Head.Scale == 0
            ? 0
            : LoadRing.ScaleFor(to.Layout.Tier, Math.Max(from.LargestLoad(), 1e-6f), !from.Head.Flags.HasFlag(SeriesFlags.Fractional));
        for (var slot = open - to.Head.Known; slot < open; slot++) to.SetLoad(slot, from.LoadAt(slot));

        var members = Math.Min(from.Layout.Members, to.Layout.Members);
        for (var block = 0; block < to.Layout.Blocks; block++)
        {
            from.ScoresOf(block)[..members].CopyTo(to.ScoresOf(block));
            for (var model = 0; model < to.Layout.Models; model++)
                from.Coefficients(Math.Min(model, from.Layout.Models - 1), block).CopyTo(to.Coefficients(model, block));
        }

        // A regression on logarithms can't begin with the coefficients of one on loads: it waits for its first fit.
        if (to.Layout.Models > from.Layout.Models) to.Head.Flags &= ~SeriesFlags.Fitted;
        to.Head.FitIn = 0;
    }
}
