using System.Globalization;
using System.Text.Json;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Sessions;

public sealed partial class EntityStore
{
    private const string ReferencePrefix = "reference/";

    /// <summary>
    /// Runs a schema script on every partition, once. If it fails on one, or the tables then break a rule, nothing was changed anywhere. A
    /// crash in the middle is made up for when the store is opened. Nobody writes meanwhile.
    /// </summary>
    /// <param name="version">Number of the version that the script makes; higher than those before. One that was applied is passed over.</param>
    /// <param name="sql">
    /// The script, in the engine's SQL. It changes rows that are there, but adds none to member tables (they would be on every partition), and
    /// controls no transactions.
    /// </param>
    /// <param name="schema">What the store holds from then on; null: <see cref="Schema"/>.</param>
    /// <param name="cancellationToken">Given up before it is decided only.</param>
    /// <exception cref="SchemaException">The tables would break rules.</exception>
    /// <exception cref="SchemaScriptException">The script fails.</exception>
    /// <exception cref="MoveRefusedException">Units are moving.</exception>
    public async Task ApplySchemaAsync(long version, string sql, StoreSchema? schema = null, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        RefuseInsideSession();
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        ArgumentNullException.ThrowIfNull(sql);
        var turn = await EnterSchemaTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var scripts = await StoreSchemaRecord.ReadScriptsAsync(mapping, cancellationToken).ConfigureAwait(false);
            if (scripts.Any(script => script.Version == version)) return;
            if (scripts.Count > 0 && scripts[^1].Version > version)
                throw new ArgumentException($"The store is at schema version {scripts[^1].Version}; {version} can't follow.", nameof(version));
            await FinishLeftAsync(cancellationToken).ConfigureAwait(false);
            await RefuseWhileMovingAsync(cancellationToken).ConfigureAwait(false);
            await DecideAsync(
                (partition, isFirst) => partition.PrepareSchemaAsync(
                    version, sql, isFirst ? catalogue => Accept(catalogue, schema ?? Schema) : null, cancellationToken),
                () => StoreSchemaRecord.AddScriptAsync(mapping, new SchemaScript(version, sql), CancellationToken.None)).ConfigureAwait(false);
            Schema = schema ?? Schema;
            await UseLayoutAsync(CancellationToken.None).ConfigureAwait(false);
            SchemaVersion = version;
        }
        finally
        {
            await LeaveSchemaTurnAsync(turn).ConfigureAwait(false);
        }
    }

    /// <summary>Runs the script and rolls it back: what fails on the rows of one partition must not be decided on another.</summary>
    private static async ValueTask TryScriptAsync(IPartition partition, long version, string sql, CancellationToken cancellationToken)
    {
        var tried = new OperationCanceledException("The script was only tried.");
        try
        {
            await partition.ApplySchemaAsync(version, sql, _ => throw tried, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (ReferenceEquals(exception, tried))
        {
            // It runs there; and it is rolled back.
        }
    }

    /// <summary>
    /// Runs a statement that writes reference tables on every partition, once each, in the same order everywhere. It must do the same
    /// everywhere: no random values, no current time. A crash in the middle is made up for when the store is opened.
    /// </summary>
    /// <param name="sql">One statement.</param>
    /// <param name="arguments">Its parameters: null, integers, floating-point numbers, text or bytes.</param>
    /// <param name="cancellationToken">Given up before it is decided only.</param>
    /// <exception cref="SessionScopeException">It writes something else.</exception>
    public async Task WriteReferenceAsync(string sql, IReadOnlyDictionary<string, object?>? arguments = null, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        RefuseInsideSession();
        ArgumentNullException.ThrowIfNull(sql);
        var values = arguments ?? new Dictionary<string, object?>();
        var kept = values.ToDictionary(one => one.Key, one => ReferenceValues.ToJson(one.Value));
        var turn = await EnterSchemaTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var number = await mapping.AllocateAsync(NumberKind.Operation, 1, cancellationToken).ConfigureAwait(false);
            var key = ReferencePrefix + number.ToString("D12", CultureInfo.InvariantCulture);
            var json = JsonSerializer.Serialize(new ReferenceRecord(sql, kept), StoreJson.Default.ReferenceRecord);

            var write = new ReferenceWrite(number, sql, kept.ToDictionary(one => one.Key, one => ReferenceValues.FromJson(one.Value)));
            await DecideAsync(
                (partition, _) => partition.PrepareReferenceAsync(write, cancellationToken),
                async () => await mapping.CommitAsync(
                    new MappingChange { Records = [new RecordWrite(key, 0, json)] }, CancellationToken.None).ConfigureAwait(false))
                .ConfigureAwait(false);
            await ForgetReferenceAsync(key).ConfigureAwait(false);
        }
        finally
        {
            await LeaveSchemaTurnAsync(turn).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// On all partitions or on none, as far as anything but a crash goes: a row that is to go may be referred to on one of them. The turn for
    /// core rows is taken because those too are written to several files, and two who do so could wait for each other.
    /// </summary>
    private async ValueTask WriteEverywhereAsync(ReferenceWrite write, CancellationToken cancellationToken)
    {
        await coreTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        var prepared = new List<IPreparedWrite>();
        try
        {
            foreach (var partition in partitions.All) prepared.Add(await partition.PrepareReferenceAsync(write, cancellationToken).ConfigureAwait(false));
            foreach (var one in prepared) await one.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            foreach (var one in prepared) await one.DisposeAsync().ConfigureAwait(false);
            coreTurn.Release();
        }
    }

    /// <summary>Adds an empty partition, with the schema and the reference tables as they are.</summary>
    /// <param name="name">Its name: 1 to 64 ASCII letters, digits, <c>_</c> and <c>-</c>; unique in the store.</param>
    /// <param name="settings">What it can do and where it is; null: nothing is known.</param>
    /// <param name="cancellationToken">Gives up; the partition is then not in the store.</param>
    /// <exception cref="ArgumentException">The name is taken or can't be a name.</exception>
    public async Task AddPartitionAsync(string name, PartitionSettings? settings = null, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        PartitionSettings.CheckName(name);
        settings ??= new PartitionSettings();
        var turn = await EnterSchemaTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Partitions.Any(one => string.Equals(one.Name, name, StringComparison.Ordinal)))
                throw new ArgumentException($"There is a partition '{name}' already.", nameof(name));
            var id = new PartitionId(checked((int)await mapping.AllocateAsync(NumberKind.Partition, 1, cancellationToken).ConfigureAwait(false)));
            var info = settings.ToInfo(id, name);
            await partitions.Engine.CreateAsync(id, name, info.Location, cancellationToken).ConfigureAwait(false);
            var partition = await partitions.Engine.OpenAsync(id, name, info.Location, cancellationToken).ConfigureAwait(false);
            foreach (var script in await StoreSchemaRecord.ReadScriptsAsync(mapping, cancellationToken).ConfigureAwait(false))
                await partition.ApplySchemaAsync(script.Version, script.Sql, null, cancellationToken).ConfigureAwait(false);
            if (layout is { } current)
            {
                partition.UseLayout(current);
                await partition.SetSplitEntitiesAsync([], cancellationToken).ConfigureAwait(false);
                await partition.CopyReferencesAsync(partitions.All[0], cancellationToken).ConfigureAwait(false);
            }

            if (settings.WriteLog) await LogOf(partition).CheckWriteLogAsync(cancellationToken).ConfigureAwait(false);
            partitions.Add(partition);
            var result = await mapping.CommitAsync(new MappingChange { Partitions = [info] }, cancellationToken).ConfigureAwait(false);
            await replica.WaitForAsync(result.Version, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await LeaveSchemaTurnAsync(turn).ConfigureAwait(false);
        }
    }

    /// <summary>Changes what is said of a partition: region, capacity, size budget. Nothing moves for it, but plans are made with it from now on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">All of them, also those that stay.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed then.</param>
    /// <exception cref="MoveRefusedException">There is no partition of that name.</exception>
    public async Task SetPartitionAsync(string name, PartitionSettings settings, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        ArgumentNullException.ThrowIfNull(settings);
        var turn = await EnterSchemaTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var known = (await mapping.LoadAsync(cancellationToken).ConfigureAwait(false)).PartitionOf(IdOf(name))!;
            var info = settings.ToInfo(known.Id, known.Name) with { Location = known.Location, State = known.State };
            if (info.HasWriteLog && !known.HasWriteLog) await LogOf(partitions[known.Id]).CheckWriteLogAsync(cancellationToken).ConfigureAwait(false);
            var result = await mapping.CommitAsync(new MappingChange { Partitions = [info] }, cancellationToken).ConfigureAwait(false);
            await replica.WaitForAsync(result.Version, cancellationToken).ConfigureAwait(false);

            // The autopilot would, too, if one runs.
            if (known.HasWriteLog && !info.HasWriteLog) await LogOf(partitions[known.Id]).DropWriteLogAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await LeaveSchemaTurnAsync(turn).ConfigureAwait(false);
        }
    }

    /// <summary>Takes an empty partition out of the store. Its file stays where it is.</summary>
    /// <exception cref="MoveRefusedException">It still holds units: drain it first.</exception>
    public async Task RemovePartitionAsync(string name, CancellationToken cancellationToken = default)
    {
        CheckWritable();
        var id = IdOf(name);
        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        var units = Drainer.UnitsOn(snapshot, id).Count();
        if (units > 0) throw new MoveRefusedException(MoveRefusal.PartitionInUse, $"Partition '{name}' holds {units} units; drain it first.");
        await RefuseWhileMovingAsync(cancellationToken).ConfigureAwait(false);
        await drainer.SetStateAsync(id, PartitionState.Removed, cancellationToken).ConfigureAwait(false);
        await replica.WaitForAsync((await mapping.LoadAsync(cancellationToken).ConfigureAwait(false)).Version, cancellationToken).ConfigureAwait(false);
        if (snapshot.PartitionOf(id)!.HasWriteLog) await LogOf(partitions[id]).DropWriteLogAsync(cancellationToken).ConfigureAwait(false);
        await partitions.RemoveAsync(id).ConfigureAwait(false);
    }

    private static IWriteLog LogOf(IPartition partition) => partition as IWriteLog ?? throw new ArgumentException(
        $"Partition '{partition.Name}' has no log of its own that tells what is written beside sessions: only partitions on PostgreSQL have. "
        + "Nothing was changed. Leave WriteLog off; such writes are estimated from sizes.");

    /// <summary>Everything that a crash may have left is brought to an end before the first session.</summary>
    private async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var scripts = await StoreSchemaRecord.ReadScriptsAsync(mapping, cancellationToken).ConfigureAwait(false);
        if (!IsReadOnly) await OnEachAsync(partition => FinishSchemaAsync(partition, scripts, cancellationToken)).ConfigureAwait(false);

        SchemaVersion = scripts.Count == 0 ? 0 : scripts[^1].Version;
        if (scripts.Count > 0) await UseLayoutAsync(cancellationToken).ConfigureAwait(false);
        else if (!IsReadOnly && Schema != StoreSchema.None)
            await StoreSchemaRecord.KeepDeclarationAsync(mapping, Schema, cancellationToken).ConfigureAwait(false);
        if (IsReadOnly) return;
        await FinishReferencesAsync(cancellationToken).ConfigureAwait(false);

        // Beside others, who may be writing them, sessions and caretakers look after core rows, with the entity's units held.
        if (member is null) await ReplayCoreAsync(cancellationToken).ConfigureAwait(false);
        await new Recovery(moving).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Does something on each partition. In a fleet one that is away keeps nobody from the others: what it lacks it gets when it is back, by the caretakers.
    /// </summary>
    private async ValueTask OnEachAsync(Func<IPartition, ValueTask> action)
    {
        var all = partitions.All;
        Exception? failure = null;
        var failed = 0;
        foreach (var partition in all)
        {
            try
            {
                await action(partition).ConfigureAwait(false);
            }
            catch (ForeshardException exception) when (member is not null)
            {
                (failure, failed) = (exception, failed + 1);
                hasUnprepared = true;
                telemetry.CareFailed(exception);
            }
        }

        if (failure is not null && failed == all.Count) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    private static async ValueTask FinishSchemaAsync(IPartition partition, IReadOnlyList<SchemaScript> scripts, CancellationToken cancellationToken)
    {
        var applied = await partition.ReadSchemaVersionsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var script in scripts.Where(script => !applied.Contains(script.Version)))
            await partition.ApplySchemaAsync(script.Version, script.Sql, null, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FinishReferencesAsync(CancellationToken cancellationToken)
    {
        foreach (var record in await mapping.ReadRecordsAsync(ReferencePrefix, cancellationToken).ConfigureAwait(false))
        {
            var kept = JsonSerializer.Deserialize(record.Value, StoreJson.Default.ReferenceRecord)!;
            var number = long.Parse(record.Key.AsSpan(ReferencePrefix.Length), CultureInfo.InvariantCulture);
            var values = kept.Arguments.ToDictionary(one => one.Key, one => ReferenceValues.FromJson(one.Value));
            hasUnprepared = false;
            await OnEachAsync(partition => partition.WriteReferenceAsync(new ReferenceWrite(number, kept.Sql, values), cancellationToken))
                .ConfigureAwait(false);
            if (!hasUnprepared) await ForgetReferenceAsync(record.Key).ConfigureAwait(false);
        }
    }

    private async ValueTask UseLayoutAsync(CancellationToken cancellationToken)
    {
        var catalogue = await ReadCatalogueAsync(cancellationToken).ConfigureAwait(false);
        var (next, problems) = SchemaRules.Check(Schema, catalogue);
        if (next is null)
        {
            // A new declaration comes before its script. What was declared before holds until then, for moves and their recovery.
            next = kept is null ? null : SchemaRules.Check(kept, catalogue).Layout;
            if (next is null) throw new SchemaException(problems);
        }

        pending = problems.Count > 0 ? problems : null;
        if (pending is null && !IsReadOnly)
        {
            await StoreSchemaRecord.KeepDeclarationAsync(mapping, Schema, cancellationToken).ConfigureAwait(false);
            kept = Schema;
        }

        var snapshot = await mapping.LoadAsync(cancellationToken).ConfigureAwait(false);
        partitions.Layout = next;
        foreach (var partition in partitions.All) partition.UseLayout(next);
        await OnEachAsync(partition => partition.SetSplitEntitiesAsync(UnitExtents.SplitOn(snapshot, partition.Id), cancellationToken)).ConfigureAwait(false);
        layout = next;
    }

    /// <summary>The tables as the first partition that answers has them.</summary>
    private async ValueTask<Catalogue> ReadCatalogueAsync(CancellationToken cancellationToken)
    {
        Catalogue? found = null;
        await OnEachAsync(async partition => found ??= await partition.ReadCatalogueAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return found!;
    }

    /// <summary>
    /// Prepares a write on every partition, decides it by a record, and commits it everywhere: all partitions have it or none. Who opens the
    /// store after a crash finds the record and makes up for what is missing.
    /// </summary>
    private async ValueTask DecideAsync(Func<IPartition, bool, ValueTask<IPreparedWrite>> prepare, Func<ValueTask> decide)
    {
        await coreTurn.WaitAsync().ConfigureAwait(false);
        var prepared = new List<IPreparedWrite>();
        try
        {
            foreach (var partition in partitions.All) prepared.Add(await prepare(partition, prepared.Count == 0).ConfigureAwait(false));
            await decide().ConfigureAwait(false);
            foreach (var write in prepared) await write.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            foreach (var write in prepared) await write.DisposeAsync().ConfigureAwait(false);
            coreTurn.Release();
        }
    }

    private async ValueTask ForgetReferenceAsync(string key)
    {
        foreach (var record in await mapping.ReadRecordsAsync(key, CancellationToken.None).ConfigureAwait(false))
        {
            await mapping.CommitAsync(
                new MappingChange { Records = [new RecordWrite(record.Key, record.Revision, null)] }, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>The layout after a script; one of several scripts on the way to a new declaration need obey the old one only.</summary>
    private StoreLayout Accept(Catalogue catalogue, StoreSchema next)
    {
        var (found, problems) = SchemaRules.Check(next, catalogue);
        if (found is null && kept is not null) found = SchemaRules.Check(kept, catalogue).Layout;
        return found ?? throw new SchemaException(problems);
    }

    /// <summary>What writes on every partition would wait in vain for a session that the same flow has open.</summary>
    private void RefuseInsideSession()
    {
        if (writing.Value is { IsOpen: true } open) throw new NestedSessionException(open.Entity, open.Entity);
    }

    private async ValueTask RefuseWhileMovingAsync(CancellationToken cancellationToken)
    {
        var busy = (await new OperationLog(mapping).ReadAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(operation => !operation.Record.IsOver);
        if (busy is not null)
        {
            throw new MoveRefusedException(
                MoveRefusal.UnitsMoving,
                $"Operation {busy.Record.Id} ({busy.Record.Kind} of {busy.Record.Subject}) is under way; wait until it is over or cancel it.");
        }
    }
}
