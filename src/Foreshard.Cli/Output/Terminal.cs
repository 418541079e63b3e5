using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foreshard.Cli.Output;

/// <summary>Where a command prints, the clock it goes by, and the variables of its environment.</summary>
internal sealed class Terminal
{
    /// <summary>Width of what is printed to a file or pipe, in characters.</summary>
    private const int WidthUnknown = 120;

    private const int WidthMin = 40;

    /// <param name="output">What was asked for.</param>
    /// <param name="error">What went wrong, and progress.</param>
    /// <param name="width">Of tables and paragraphs, in characters.</param>
    /// <param name="ansi">Whether a person looks on at a terminal that can draw: then there are colours and progress bars.</param>
    /// <param name="time">Clock for waits and ages.</param>
    /// <param name="environment">Variables that may name a fleet; null: none.</param>
    public Terminal(
        TextWriter output, TextWriter error, int width, AnsiSupport ansi, TimeProvider time, IReadOnlyDictionary<string, string>? environment = null)
    {
        Environment = environment ?? new Dictionary<string, string>();
        Output = output;
        Error = error;
        Width = width;
        Time = time;
        Console = Make(output, width, ansi);
        ProgressConsole = Make(error, width, ansi);
        IsInteractive = Console.Profile.Capabilities.Ansi;
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public int Width { get; }

    public bool IsInteractive { get; }

    public TimeProvider Time { get; }

    /// <summary>The environment's variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

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
            if (block is Markup or Text) Console.WriteLine();
            return;
        }

        using var text = new StringWriter();
        Make(text, Width, AnsiSupport.No).Write(block);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n')) Output.WriteLine(line.TrimEnd());
    }

    /// <summary>Prints a paragraph, broken at the width.</summary>
    public void Say(string paragraph) => Write(new Text(paragraph));

    public static Terminal OfProcess()
    {
        var ansi = System.Console.IsOutputRedirected || System.Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect;
        var width = System.Console.IsOutputRedirected ? WidthUnknown : Math.Max(WidthMin, System.Console.WindowWidth);
        var environment = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
        return new Terminal(System.Console.Out, System.Console.Error, width, ansi, TimeProvider.System, environment);
    }

    private static IAnsiConsole Make(TextWriter writer, int width, AnsiSupport ansi)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = ansi,
            ColorSystem = ansi == AnsiSupport.No ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = ansi == AnsiSupport.No ? InteractionSupport.No : InteractionSupport.Yes,
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
