using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Foreshard.Servers;

/// <summary>Stands between a client and a server, and can lose or hold back what either says. Safe for concurrent use.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private static readonly TimeSpan HeldHeadStart = TimeSpan.FromMilliseconds(300);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> clients = new();
    private volatile IPEndPoint target;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private volatile TaskCompletionSource open = Opened();
    private volatile bool losesAnswers;
    private volatile byte[]? trigger;
    private volatile Action onTrigger = () => { };

    public TcpProxy(int targetPort)
    {
        target = new IPEndPoint(IPAddress.Loopback, targetPort);
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>How long what the client says is on its way, at least.</summary>
    public TimeSpan Delay { get; set; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>From the first request with that text on: the server gets everything, the client hears nothing more.</summary>
    public Task LoseAnswersFrom(string text) => When(text, () => losesAnswers = true);

    /// <summary>From the first request with that text on, itself included: what the client says is held back until <see cref="LetGo"/>.</summary>
    public Task HoldRequestsFrom(string text) => When(text, Hold);

    /// <summary>Holds back what both sides say.</summary>
    public void Hold() => open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Breaks all connections that there are; new ones are taken.</summary>
    public void Cut()
    {
        foreach (var client in clients.Keys)
        {
            // One that is just being closed has no socket any more.
            if (client.Client is { } socket) socket.Close(0);
        }
    }

    /// <summary>Breaks all connections, and leads new ones elsewhere.</summary>
    public void Redirect(int targetPort)
    {
        target = new IPEndPoint(IPAddress.Loopback, targetPort);
        Cut();
    }

    /// <summary>Cuts all connections once, when a client first sends that text; the text itself still gets there, the answer does not get back.</summary>
    public Task CutAfter(string text) => When(text, () =>
    {
        losesAnswers = true;
        _ = Task.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            Cut();
            losesAnswers = false;
        });
    });

    /// <summary>Delivers what was held back, and all that follows. Answers that were lost stay lost.</summary>
    public void LetGo()
    {
        losesAnswers = false;
        open.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    private Task When(string text, Action act)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        onTrigger = () =>
        {
            trigger = null;
            act();
            seen.TrySetResult();
        };
        trigger = System.Text.Encoding.UTF8.GetBytes(text);
        return seen.Task;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                clients[client] = true;
                await server.ConnectAsync(target, stopping.Token);
                var there = PumpAsync(client.GetStream(), server.GetStream(), isRequest: true);
                var back = PumpAsync(server.GetStream(), client.GetStream(), isRequest: false);
                await Task.WhenAny(there, back);
            }
            catch (Exception error) when (error is OperationCanceledException or IOException or SocketException or InvalidOperationException)
            {
                // One side went away; the other is closed too.
            }
            finally
            {
                clients.TryRemove(client, out _);
            }
        }
    }

    /// <summary>Waits no less than <see cref="Delay"/>: timers go by a clock of 4 ms steps and may be early by one.</summary>
    private async Task TravelAsync()
    {
        var departed = Stopwatch.GetTimestamp();
        while (Delay - Stopwatch.GetElapsedTime(departed) is { Ticks: > 0 } left)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), TimeProvider.System, stopping.Token);
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool isRequest)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (var read = -1; (read = await from.ReadAsync(buffer, stopping.Token)) > 0;)
            {
                if (isRequest && trigger is { } text && buffer.AsSpan(0, read).IndexOf(text) >= 0) onTrigger();
                var isHeld = !open.Task.IsCompleted;
                await open.Task.WaitAsync(stopping.Token);
                if (!isRequest && losesAnswers) continue;
                if (isRequest) await TravelAsync();
                await to.WriteAsync(buffer.AsMemory(0, read), stopping.Token);

                // What was held back takes effect before the client's giving up arrives behind it.
                if (isHeld) await Task.Delay(HeldHeadStart, TimeProvider.System, stopping.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One side went away.
        }
    }
}
