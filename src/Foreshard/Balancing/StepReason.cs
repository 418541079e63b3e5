namespace Foreshard.Balancing;

/// <summary>Why a step is taken.</summary>
internal enum StepReason
{
    /// <summary>The partition is forecast to be asked for more than it can serve.</summary>
    Overload,

    /// <summary>More comes than was forecast, and more than the partition can serve well.</summary>
    Surge,

    /// <summary>The partition is forecast to come near its capacity.</summary>
    Strain,

    /// <summary>The partition is busier than the fleet, or would be with what comes to it.</summary>
    Imbalance,

    /// <summary>The partition would be asked for more than it can serve if everybody came at once.</summary>
    Crowding,

    /// <summary>The partition is to be emptied.</summary>
    Drain,

    /// <summary>The partition is forecast to outgrow its size budget.</summary>
    Size,

    /// <summary>Its users, or its partners, are elsewhere.</summary>
    Latency,

    /// <summary>What was split is small again.</summary>
    Cooled,
}
