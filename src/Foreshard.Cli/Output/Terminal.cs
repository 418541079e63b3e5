using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foreshard.Cli.Output;

/// <summary>Where a command prints, and the clock it goes by.</summary>
internal sealed class Terminal
{
    /// <summary>Width of what is printed to a file or pipe, in characters.</summary>
    private const int WidthUnknown = 120;

    private const int WidthMin = 40;

    /// <param name="output">What was asked for.</param>
    /// <param name="error">What went wrong, and progress.</param>
    /// <param name="width">Of tables and paragraphs, in characters.</param>
    /// <param name="isInteractive">Whether a person looks on: colours, progress bars.</param>
    /// <param name="time">Clock for waits and ages.</param>
    public Terminal(TextWriter output, TextWriter error, int width, bool isInteractive, TimeProvider time)
    {
        Output = output;
        Error = error;
        Width = width;
        Time = time;
        Console = Make(output, width, isInteractive);
        ProgressConsole = Make(error, width, isInteractive);
        IsInteractive = isInteractive && Console.Profile.Capabilities.Ansi;
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public int Width { get; }

    public bool IsInteractive { get; }

    public TimeProvider Time { get; }

    /// <summary>Tables, on <see cref="Output"/>.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Progress bars, on <see cref="Error"/>, so that they mix with nothing.</summary>
    public IAnsiConsole ProgressConsole { get; }

    /// <summary>Prints something laid out; what nobody looks at in a terminal has no blanks at the ends of lines.</summary>
    public void Write(IRenderable block)
    {
        if (IsInteractive)
        {
            Console.Write(block);
            return;
        }

        using var text = new StringWriter();
        Make(text, Width, isInteractive: false).Write(block);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n')) Output.WriteLine(line.TrimEnd());
    }

    public static Terminal OfProcess()
    {
        var isInteractive = !System.Console.IsOutputRedirected && !System.Console.IsErrorRedirected;
        var width = System.Console.IsOutputRedirected ? WidthUnknown : Math.Max(WidthMin, System.Console.WindowWidth);
        return new Terminal(System.Console.Out, System.Console.Error, width, isInteractive, TimeProvider.System);
    }

    private static IAnsiConsole Make(TextWriter writer, int width, bool isInteractive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Yes : InteractionSupport.No,
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
