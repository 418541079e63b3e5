namespace Foreshard.Cli.Demo;

/// <summary>A bike that was taken or brought back: one access.</summary>
/// <param name="At">When, from the begin of the replay on; fleet time.</param>
/// <param name="Station">Where.</param>
/// <param name="IsReturn">Whether it was brought back.</param>
/// <param name="IsSubscriber">Whether the rider subscribes.</param>
internal readonly record struct DemoAccess(TimeSpan At, DemoStation Station, bool IsReturn, bool IsSubscriber)
{
    /// <summary>What the rider is to the application.</summary>
    public string Rider => IsSubscriber ? DemoTraffic.Subscriber : DemoTraffic.Casual;

    /// <summary>What happened, as rows have it.</summary>
    public string Kind => IsReturn ? "return" : "checkout";
}

/// <summary>A station.</summary>
/// <param name="Index">Its place in the list.</param>
/// <param name="City">The city, which is the entity.</param>
/// <param name="Group">Its number, which is the group.</param>
/// <param name="Name">Its name.</param>
internal sealed record DemoStation(int Index, EntityKey City, GroupKey Group, string Name);
