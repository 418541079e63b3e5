using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Foreshard.Mapping;

namespace Foreshard.Autopilot;

/// <summary>One record of the mapping store that one writer keeps up to date.</summary>
internal sealed class StateRecord<T>(IMappingStore store, string key, JsonTypeInfo<T> json)
    where T : class
{
    private long revision;

    /// <summary>What it holds; null if it isn't there.</summary>
    public async ValueTask<T?> ReadAsync(CancellationToken cancellationToken)
    {
        var records = await store.ReadRecordsAsync(key, cancellationToken).ConfigureAwait(false);
        if (records.FirstOrDefault(record => string.Equals(record.Key, key, StringComparison.Ordinal)) is not { } found) return null;
        revision = found.Revision;
        return JsonSerializer.Deserialize(found.Value, json);
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="MappingStoreException">The store can't be written, or somebody else wrote it.</exception>
    public async ValueTask WriteAsync(T value, CancellationToken cancellationToken)
    {
        var write = new RecordWrite(key, revision, JsonSerializer.Serialize(value, json));
        var result = await store.CommitAsync(new MappingChange { Records = [write] }, cancellationToken).ConfigureAwait(false);
        if (!result.IsCommitted)
        {
            throw new MappingStoreException(
                $"'{key}' can't be written: {result.Conflict}. Another process seems to run the autopilot of this store; nothing was lost.");
        }

        revision = result.Version;
    }
}
