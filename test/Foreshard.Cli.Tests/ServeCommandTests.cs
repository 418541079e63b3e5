using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Foreshard.Cli.Output;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary>The command serves for real, on a free port of this machine.</summary>
public sealed class ServeCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_served_store_tells_how_it_is_and_is_closed_at_the_end()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var served = await Served.StartAsync(shell, "--mode advise --capacity 100 --interval 1s");

        Assert.Equal("Healthy", (string?)(await served.GetAsync("/health"))["status"]);
        var status = await served.GetAsync("/status");
        Assert.Equal(("Advise", true), ((string?)status["mode"], (bool)status["isRunning"]!));
        Assert.Empty((await served.GetAsync("/decisions?last=5")).AsArray());
        Assert.Equal(ExitCode.Owned, (await shell.RunAsync("fold shop customer/42")).Code);

        Assert.Equal(ExitCode.Done, await served.EndAsync());
        (await shell.RunAsync("isolate shop customer/42")).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task Metrics_come_in_the_form_that_Prometheus_reads()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var served = await Served.StartAsync(shell, "--capacity 100 --interval 1s");

        var metrics = await served.WaitForAsync("/metrics", text => text.Contains("foreshard_partition_load_ratio{", StringComparison.Ordinal));

        Assert.Contains("# TYPE foreshard_autopilot_rounds_total counter", metrics, StringComparison.Ordinal);
        Assert.Contains("foreshard_autopilot_round_duration_seconds_bucket{", metrics, StringComparison.Ordinal);
        Assert.Contains("foreshard_store=\"shop\"", metrics, StringComparison.Ordinal);
        Assert.Contains("foreshard_partition=\"p1\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_needs_a_reason_shows_in_health_and_ends()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var served = await Served.StartAsync(shell, "--capacity 100");

        Assert.Equal(HttpStatusCode.BadRequest, (await served.PostAsync("/pause")).Status);
        var paused = await served.PostAsync("/pause?reason=the%20auditors");
        Assert.Equal((HttpStatusCode.OK, "the auditors"), (paused.Status, (string?)paused.Answer["paused"]));
        var health = await served.GetAsync("/health");
        Assert.Equal("Degraded", (string?)health["status"]);
        Assert.Contains("the auditors", (string?)health["description"], StringComparison.Ordinal);

        Assert.Null((await served.PostAsync("/resume")).Answer["paused"]);
        Assert.Equal("Healthy", (string?)(await served.GetAsync("/health"))["status"]);
        await served.EndAsync();
    }

    [Fact]
    public async Task An_autopilot_that_is_off_cannot_be_paused()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var served = await Served.StartAsync(shell, "--mode off");

        var refused = await served.PostAsync("/pause?reason=lunch");

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("mode is off", (string?)refused.Answer["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Web_pages_of_other_sites_reach_nothing()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var served = await Served.StartAsync(shell, "--capacity 100");

        Assert.Equal(HttpStatusCode.Forbidden, (await served.PostAsync("/pause?reason=x", ("Origin", "http://evil.example"))).Status);
        using var renamed = new HttpRequestMessage(HttpMethod.Get, new Uri(served.Url, "/status"));
        renamed.Headers.Host = "evil.example";
        Assert.Equal(HttpStatusCode.BadRequest, (await served.SendAsync(renamed)).StatusCode);
        Assert.Null((await served.GetAsync("/status"))["paused"]);
    }

    [Theory]
    [InlineData("serve nowhere", ExitCode.Refused, "no store")]
    [InlineData("serve shop --urls http://127.0.0.1:0", ExitCode.Usage, "--capacity")]
    [InlineData("serve shop --urls ftp://127.0.0.1:1", ExitCode.Usage, "--urls takes")]
    [InlineData("serve shop --mode fly", ExitCode.Usage, "fly")]
    [InlineData("serve shop --interval 7s", ExitCode.Usage, "--interval takes")]
    [InlineData("serve shop --freeze noon", ExitCode.Usage, "--freeze takes")]
    public async Task What_cannot_be_served_is_said(string command, int code, string said)
    {
        using var shell = await Shell.WithStoreAsync();

        Assert.Contains(said, (await shell.RunAsync(command)).Expect(code).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_owned_already_is_not_served()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var owner = await shell.OpenAsync();

        (await shell.RunAsync("serve shop --capacity 100 --urls http://127.0.0.1:0")).Expect(ExitCode.Owned);
    }

    private sealed class Served : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly HttpClient client = new();
        private readonly LineWriter output = new();
        private readonly Task<int> command;

        private Served(Shell shell, string options)
        {
            var terminal = new Terminal(output, output, 120, AnsiSupport.No, TimeProvider.System);
            command = Program.RunAsync(shell.Words($"serve shop --urls http://127.0.0.1:0 --json {options}"), terminal, stop.Token);
        }

        public Uri Url { get; private set; } = new("http://localhost");

        public static async Task<Served> StartAsync(Shell shell, string options)
        {
            var served = new Served(shell, options);
            var first = await Task.WhenAny(served.output.FirstLine, served.command).WaitAsync(Patience);
            Assert.True(first == served.output.FirstLine, served.output.ToString());
            served.Url = new Uri((string)JsonNode.Parse(await served.output.FirstLine)!["urls"]![0]!);
            return served;
        }

        public async Task<JsonNode> GetAsync(string path) => (await client.GetFromJsonAsync<JsonNode>(new Uri(Url, path)))!;

        public async Task<string> WaitForAsync(string path, Func<string, bool> isThere)
        {
            for (var until = TimeProvider.System.GetUtcNow() + Patience; ;)
            {
                var text = await client.GetStringAsync(new Uri(Url, path));
                if (isThere(text) || TimeProvider.System.GetUtcNow() > until) return text;
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }

        public async Task<(HttpStatusCode Status, JsonNode Answer)> PostAsync(string path, (string Name, string Value)? header = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, path));
            if (header is { } one) request.Headers.Add(one.Name, one.Value);
            using var response = await client.SendAsync(request);
            return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!);
        }

        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => client.SendAsync(request);

        public async Task<int> EndAsync()
        {
            await stop.CancelAsync();
            return await command.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            client.Dispose();
            stop.Dispose();
        }
    }
}
