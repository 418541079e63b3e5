using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Foreshard.Autopilot;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Server;

namespace Foreshard.Cli.Commands;

/// <summary>Hosts a store with its autopilot, until Ctrl+C.</summary>
internal sealed class ServeCommand : ReportingCommand
{
    private const string UsualUrl = "http://127.0.0.1:7400";

    private readonly StoreWords words;

    private readonly Option<Uri[]> urls = new("--urls")
    {
        HelpName = "URL",
        Description = $"Where to listen; several may be named. Default: {UsualUrl}, which only this machine reaches",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = ParseUrls,
        DefaultValueFactory = _ => [new Uri(UsualUrl)],
    };

    private readonly Option<AutopilotMode> mode = new("--mode")
    {
        HelpName = "off|advise|act",
        Description = "What the autopilot does by itself",
        DefaultValueFactory = _ => AutopilotMode.Advise,
    };

    private readonly AutopilotSettings settings = new();

    public ServeCommand(Terminal terminal)
        : base("serve", "Host a store with its autopilot, with HTTP paths for health, metrics, status and decisions, until Ctrl+C", terminal)
    {
        words = new StoreWords(terminal.Environment);
        words.AddTo(this);
        Option[] options = [urls, mode, .. settings.All, Json];
        foreach (var option in options) Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var place = words.Of(arguments);
        var autopilot = settings.Of(arguments, arguments.GetValue(mode));
        await using var server = await StoreServer.StartAsync(
            (log, stop) => place.OpenAsync(new(Terminal.Time) { Autopilot = autopilot, LoggerFactory = log }, stop),
            arguments.GetRequiredValue(urls),
            cancellationToken);
        if (autopilot.Mode != AutopilotMode.Off) settings.CheckCapacity(server.Store, arguments);
        var report = new ServeReport(place.Name, [.. server.Urls], Words.Of(autopilot.Mode));
        if (arguments.GetValue(Json)) Say(JsonSerializer.Serialize(report, CliJson.Line.ServeReport));
        else Say($"Store '{report.Store}' is served at {string.Join(", ", report.Urls)}, the autopilot in mode {report.Mode}. Ctrl+C ends it.");
        await Terminal.Output.FlushAsync(CancellationToken.None);
        await server.WaitAsync(cancellationToken);
        return ExitCode.Done;
    }

    private static Uri[] ParseUrls(ArgumentResult result)
    {
        var parsed = new List<Uri>();
        foreach (var token in result.Tokens)
        {
            var isUrl = Uri.TryCreate(token.Value, UriKind.Absolute, out var url) && url is { Scheme: "http", AbsolutePath: "/", Query: "" };
            if (isUrl) parsed.Add(url!);
            else result.AddError($"--urls takes http, a host and a port, as {UsualUrl}, not '{token.Value}'. For https, put a proxy before it.");
        }

        return [.. parsed];
    }
}
