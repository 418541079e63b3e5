namespace Foreshard.Autopilot;

/// <summary>What the autopilot does by itself.</summary>
public enum AutopilotMode
{
    /// <summary>Nothing, not even look.</summary>
    Off,

    /// <summary>Profiles, forecasts and plans; carries nothing out.</summary>
    Advise,

    /// <summary>Carries its plans out, too.</summary>
    Act,
}
