using System.Text.Json;
using Foreshard.Forecasting;
using Foreshard.Mapping;
using Foreshard.Profiling;

namespace Foreshard.Autopilot;

/// <summary>Events that were announced, as a file keeps them: read, changed, written whole, and told to a forecaster. Immutable.</summary>
internal sealed class AnnouncedEvents
{
    /// <summary>What the file is called in a store's folder.</summary>
    public const string FileName = "events.json";

    private const int FormatVersion = 1;

    private readonly int nextId;

    private AnnouncedEvents(int nextId, IReadOnlyList<AnnouncedEvent> all)
    {
        this.nextId = nextId;
        All = all;
    }

    /// <summary>No events.</summary>
    public static AnnouncedEvents None { get; } = new(1, []);

    /// <summary>All of them, in the order of their numbers.</summary>
    public IReadOnlyList<AnnouncedEvent> All { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isRequired">False: a file that isn't there holds no events.</param>
    /// <exception cref="AnnouncedEventsException">It can't be read, or is damaged; it is left as it is.</exception>
    public static AnnouncedEvents Load(string path, bool isRequired)
    {
        try
        {
            if (!isRequired && !File.Exists(path)) return None;
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), AnnouncedEventsJson.Strict.AnnouncedEventsFile);
            return Checked(path, file ?? throw new JsonException("It holds null."));
        }
        catch (JsonException exception)
        {
            var where = exception.LineNumber is { } line ? $" (line {line + 1})" : "";
            throw new AnnouncedEventsException(
                path,
                $"this is no file of announced events, or it is damaged{where}: {exception.Message} It was left as it is. Mend it, or move it away.",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AnnouncedEventsException(path, $"it can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Where a store that several processes have open keeps them: a record of the mapping store, with the text of the file.</summary>
    private const string RecordKey = "autopilot/events";

    /// <summary>Reads what the mapping store holds.</summary>
    /// <exception cref="AnnouncedEventsException">It is damaged; it is left as it is.</exception>
    public static async ValueTask<AnnouncedEvents> ReadAsync(IMappingStore store, CancellationToken cancellationToken) =>
        Of(await new StateRecord<AnnouncedEventsFile>(store, RecordKey, AnnouncedEventsJson.Strict.AnnouncedEventsFile).ReadAsync(cancellationToken)
            .ConfigureAwait(false));

    /// <summary>Changes what the mapping store holds, unless somebody else does at the same time.</summary>
    /// <exception cref="MappingStoreException">It can't be written, or somebody else has; it is as it was.</exception>
    public static async ValueTask ChangeAsync(IMappingStore store, Func<AnnouncedEvents, AnnouncedEvents> change, CancellationToken cancellationToken)
    {
        var record = new StateRecord<AnnouncedEventsFile>(store, RecordKey, AnnouncedEventsJson.Strict.AnnouncedEventsFile);
        var next = change(Of(await record.ReadAsync(cancellationToken).ConfigureAwait(false)));
        await record.WriteAsync(next.ToFile(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>These and one more, which gets the next number.</summary>
    /// <returns>All, and the new one with its number.</returns>
    public (AnnouncedEvents All, AnnouncedEvent Added) With(AnnouncedEvent announced)
    {
        var added = announced with { Id = nextId };
        return (new AnnouncedEvents(nextId + 1, [.. All, added]), added);
    }

    /// <summary>These without one.</summary>
    public AnnouncedEvents Without(int id) => new(nextId, [.. All.Where(one => one.Id != id)]);

    /// <summary>Reads a file, changes what it holds, and writes it anew: whole or not at all, and no other process meanwhile.</summary>
    /// <exception cref="AnnouncedEventsException">It can't be read or written, or another process is at it; it is as it was.</exception>
    public static void Change(string path, Func<AnnouncedEvents, AnnouncedEvents> change)
    {
        try
        {
            using var writing = new FileStream(path + ".lock", new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose,
            });
            change(Load(path, isRequired: false)).Save(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AnnouncedEventsException(path, $"it can't be written: {exception.Message} Nothing was changed.", exception);
        }
    }

    /// <summary>The events of one entity; of null, those of all entities.</summary>
    public IEnumerable<AnnouncedEvent> Of(EntityKey? entity)
    {
        var name = entity?.ToString();
        return All.Where(one => one.Entity == name);
    }

    /// <summary>Tells a forecaster of the events of one entity, or of all. A slot that an event touches is part of it as a whole.</summary>
    /// <param name="announcements">Where to.</param>
    /// <param name="grid">How time is cut.</param>
    /// <param name="entity">Which entity; null for what concerns all.</param>
    /// <param name="series">The entity's series; null for all.</param>
    public void Apply(Announcements announcements, SlotGrid grid, EntityKey? entity, int? series)
    {
        foreach (var one in Of(entity))
        {
            var (from, to) = Slots(one, grid);
            announcements.Add(series, from, to, one.Times);
        }
    }

    /// <summary>The slots that an event touches: the first, and the first that isn't part of it any more.</summary>
    public static (long From, long To) Slots(AnnouncedEvent one, SlotGrid grid) =>
        (grid.SlotOf(one.From.UtcDateTime), grid.SlotOf(one.To.UtcDateTime - TimeSpan.FromTicks(1)) + 1);

    private void Save(string path)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create))
        {
            JsonSerializer.Serialize(stream, ToFile(), AnnouncedEventsJson.Strict.AnnouncedEventsFile);
            stream.WriteByte((byte)'\n');
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static AnnouncedEvents Of(AnnouncedEventsFile? file) => file is null ? None : Checked("the mapping store's record " + RecordKey, file);

    private AnnouncedEventsFile ToFile() => new() { Version = FormatVersion, NextId = nextId, Events = All };

    private static AnnouncedEvents Checked(string path, AnnouncedEventsFile file)
    {
        if (file.Version != FormatVersion)
        {
            throw new AnnouncedEventsException(
                path, $"its format is version {file.Version}, and this program reads version {FormatVersion}. It was left as it is.");
        }

        var seen = new HashSet<int>();
        foreach (var one in file.Events)
        {
            var problem = one.Problem();
            if (one.Id < 1 || one.Id >= file.NextId) problem = $"its id isn't between 1 and nextId ({file.NextId})";
            if (!seen.Add(one.Id)) problem = "there is another one with its id";
            if (problem is not null) throw new AnnouncedEventsException(path, $"event {one.Id} doesn't hold: {problem}. The file was left as it is.");
        }

        return new AnnouncedEvents(file.NextId, [.. file.Events.OrderBy(one => one.Id)]);
    }
}
