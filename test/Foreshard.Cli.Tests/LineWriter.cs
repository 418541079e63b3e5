using System.Text;

namespace Foreshard.Cli.Tests;

/// <summary>Collects what a command prints while it runs.</summary>
internal sealed class LineWriter : TextWriter
{
    private readonly TaskCompletionSource<string> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder text = new();
    private readonly Lock turn = new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>The first line, once it is there.</summary>
    public Task<string> FirstLine => first.Task;

    public override void Write(char value)
    {
        lock (turn)
        {
            if (value == '\n') first.TrySetResult(text.ToString());
            text.Append(value);
        }
    }

    public override string ToString()
    {
        lock (turn) return text.ToString();
    }

    /// <summary>Waits until what was printed has something in it.</summary>
    public async Task WaitForAsync(string part, TimeSpan patience)
    {
        for (var until = TimeProvider.System.GetUtcNow() + patience; !ToString().Contains(part, StringComparison.Ordinal);)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < until, $"'{part}' was not printed, but:\n{this}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
