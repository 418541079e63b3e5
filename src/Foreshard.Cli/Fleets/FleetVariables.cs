using System.Globalization;

namespace Foreshard.Cli.Fleets;

/// <summary>What the environment says of a fleet: <c>FORESHARD_FLEET__ETCD__ENDPOINTS</c> and so on, named like the properties of the file.</summary>
internal static class FleetVariables
{
    public const string File = Prefix + "FILE";
    public const string EtcdPassword = "FORESHARD_ETCD_PASSWORD";

    private const string Prefix = "FORESHARD_FLEET__";

    /// <summary>What can be said, and how it changes settings.</summary>
    private static readonly IReadOnlyDictionary<string, Func<FleetSettings, string, FleetSettings>> Known =
        new Dictionary<string, Func<FleetSettings, string, FleetSettings>>(StringComparer.OrdinalIgnoreCase)
        {
            ["FILE"] = (settings, _) => settings,
            ["STORE"] = (settings, value) => settings with { Store = value },
            ["REGION"] = (settings, value) => settings with { Region = value },
            ["ETCD__ENDPOINTS"] = (settings, value) => settings with { Etcd = settings.Etcd with { Endpoints = Endpoints(value) } },
            ["ETCD__USER"] = (settings, value) => settings with { Etcd = settings.Etcd with { User = value } },
            ["ETCD__CAFILE"] = (settings, value) => settings with { Etcd = settings.Etcd with { CaFile = value } },
            ["ETCD__CERTIFICATEFILE"] = (settings, value) => settings with { Etcd = settings.Etcd with { CertificateFile = value } },
            ["ETCD__KEYFILE"] = (settings, value) => settings with { Etcd = settings.Etcd with { KeyFile = value } },
            ["ETCD__TIMEOUTSECONDS"] = (settings, value) => settings with { Etcd = settings.Etcd with { TimeoutSeconds = Seconds(value) } },
            ["POSTGRESQL__INSTALLER"] = (settings, value) => settings with { PostgreSql = settings.PostgreSql with { Installer = value } },
            ["POSTGRESQL__MOVER"] = (settings, value) => settings with { PostgreSql = settings.PostgreSql with { Mover = value } },
            ["POSTGRESQL__APPLICATION"] = (settings, value) => settings with { PostgreSql = settings.PostgreSql with { Application = value } },
        };

    /// <summary>Whether the environment says that a fleet is meant.</summary>
    public static bool NameFleet(IReadOnlyDictionary<string, string> environment) =>
        environment.Any(variable => IsOurs(variable.Key) && variable.Value.Length > 0);

    /// <summary>The settings with what the environment says in place of what they said.</summary>
    /// <exception cref="UsageException">A variable means nothing.</exception>
    public static FleetSettings Over(FleetSettings settings, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment.Where(variable => IsOurs(variable.Key) && variable.Value.Length > 0))
        {
            var change = Known.GetValueOrDefault(name[Prefix.Length..]) ?? throw new UsageException(
                $"The environment variable {name} means nothing. There are: "
                    + $"{string.Join(", ", Known.Keys.Order(StringComparer.Ordinal).Select(known => Prefix + known))}.");
            settings = change(settings, value);
        }

        return settings;
    }

    /// <summary>Addresses with commas between them.</summary>
    public static IReadOnlyList<string> Endpoints(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsOurs(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    private static double Seconds(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var seconds)
        ? seconds
        : throw new UsageException($"{Prefix}ETCD__TIMEOUTSECONDS takes a number of seconds, not '{text}'.");
}
