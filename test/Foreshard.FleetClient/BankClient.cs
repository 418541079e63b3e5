using System.Data;
using System.Data.Common;
using System.Globalization;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.FleetClient;

/// <summary>One client of the banks: does one thing after the other, and writes down what it did and what came of it.</summary>
public sealed class BankClient(EntityStore store, HistoryFile history, Random random)
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(5);

    private int written;

    /// <summary>Something of all that there is, on any bank.</summary>
    public Task<bool> StepAsync()
    {
        var banks = FleetBank.Banks.Keys.ToList();
        var bank = banks[random.Next(banks.Count)];
        var region = FleetBank.Regions[random.Next(FleetBank.Regions.Count)];
        return random.Next(100) switch
        {
            < 20 => TransferAsync(bank, region),
            < 32 => EnterAsync(bank, region),
            < 44 => WriteRegisterAsync(bank, region),
            < 50 => SwapRegisterAsync(bank, region),
            < 56 => CompareAndSetAsync(bank, region),
            < 66 => ReadRegisterAsync(bank, region),
            < 72 => RelieveAsync(bank, region),
            < 76 => ReadDutyAsync(bank, region),
            < 80 => NoteAsync(bank),
            < 93 => ReadRegionAsync(bank, region),
            _ => ReadWholeAsync(bank),
        };
    }

    /// <summary>Moves money between two accounts, and raises a counter that nobody else raises.</summary>
    public Task<bool> TransferAsync(long bank, string region)
    {
        var isolation = AnyIsolation();
        return DoAsync(Acts.Transfer, $"{bank}/{region}", isolation.ToString(), async act =>
        {
            await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Writing(isolation));
            var own = $"bank_id = {bank} AND region = '{region}' AND client = '{history.Client}'";
            var value = await NumberAsync(session, $"SELECT coalesce(max(value), 0) FROM counters WHERE {own}");
            var (from, to, amount) = (random.Next(FleetBank.AccountsPerRegion) + 1, random.Next(FleetBank.AccountsPerRegion) + 1, random.Next(50));
            if (isolation == IsolationLevel.ReadCommitted)
            {
                await ExecuteAsync(session, $"UPDATE accounts SET balance = balance - {amount} WHERE {Row(bank, region, from)}");
                await ExecuteAsync(session, $"UPDATE accounts SET balance = balance + {amount} WHERE {Row(bank, region, to)}");
            }
            else if (from != to)
            {
                // What was read must still hold when it is written: a lost update would change the total.
                var (less, more) = (await BalanceAsync(session, bank, region, from), await BalanceAsync(session, bank, region, to));
                await ExecuteAsync(session, $"UPDATE accounts SET balance = {less - amount} WHERE {Row(bank, region, from)}");
                await ExecuteAsync(session, $"UPDATE accounts SET balance = {more + amount} WHERE {Row(bank, region, to)}");
            }

            await ExecuteAsync(session, $"""
                INSERT INTO counters VALUES ({bank}, '{region}', '{history.Client}', {value + 1})
                ON CONFLICT (bank_id, region, client) DO UPDATE SET value = excluded.value
                """);
            await act.CommitAsync(session);
            return Text(value);
        });
    }

    /// <summary>Writes core rows: a note, and that there is one more.</summary>
    public Task<bool> NoteAsync(long bank)
    {
        var id = NewValue();
        return DoAsync(Acts.Note, Text(bank), id, async act =>
        {
            await using var session = await store.BeginAsync(FleetBank.Key(bank), default, Writing(IsolationLevel.Unspecified));
            await ExecuteAsync(session, $"UPDATE banks SET version = version + 1 WHERE id = {bank}");
            await ExecuteAsync(session, $"INSERT INTO notes VALUES ({bank}, '{id}')");
            await act.CommitAsync(session);
            return "";
        });
    }

    private Task<bool> EnterAsync(long bank, string region)
    {
        var id = NewValue();
        return DoAsync(Acts.Enter, $"{bank}/{region}", id, async act =>
        {
            var entry = $"INSERT INTO ledger (id, bank_id, region, client) VALUES ('{id}', {bank}, '{region}', '{history.Client}')";
            if (random.Next(2) == 0)
            {
                await act.CommitAsync(() => store.ExecuteAsync(FleetBank.Key(bank), region, entry));
                return "";
            }

            await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Writing(AnyIsolation()));
            await ExecuteAsync(session, entry);
            await act.CommitAsync(session);
            return "";
        });
    }

    private Task<bool> WriteRegisterAsync(long bank, string region)
    {
        var (value, register) = (NewValue(), random.Next(FleetBank.RegistersPerRegion) + 1);
        var update = $"UPDATE registers SET value = '{value}' WHERE {Row(bank, region, register)}";
        if (random.Next(2) == 0)
        {
            return DoAsync(Acts.Write, $"{bank}/{region}/{register}", value, async act =>
            {
                await act.CommitAsync(() => store.ExecuteAsync(FleetBank.Key(bank), region, update));
                return "";
            });
        }

        return OnRegisterAsync(Acts.Write, bank, region, value, IsolationLevel.ReadCommitted, async (session, _, _) =>
        {
            await ExecuteAsync(session, update);
            return "";
        }, register);
    }

    private Task<bool> SwapRegisterAsync(long bank, string region) => OnRegisterAsync(
        Acts.Swap, bank, region, NewValue(), random.Next(2) == 0 ? IsolationLevel.RepeatableRead : IsolationLevel.Serializable, async (session, row, value) =>
        {
            var before = await ValueAsync(session, $"SELECT value FROM registers WHERE {row}");
            await ExecuteAsync(session, $"UPDATE registers SET value = '{value}' WHERE {row}");
            return before;
        });

    private async Task<bool> CompareAndSetAsync(long bank, string region)
    {
        // It is compared with what somebody else may have changed since it was read.
        var register = random.Next(FleetBank.RegistersPerRegion) + 1;
        var expected = "";
        await DoAsync(Acts.Read, $"{bank}/{region}/{register}", "", async _ => expected = await ReadAsync(bank, region, register));
        return await OnRegisterAsync(Acts.Cas, bank, region, $"{expected}>{NewValue()}", IsolationLevel.ReadCommitted, async (session, row, values) =>
        {
            var (old, next) = (values.Split('>')[0], values.Split('>')[1]);
            return Text(await ExecuteAsync(session, $"UPDATE registers SET value = '{next}' WHERE {row} AND value = '{old}'"));
        }, register);
    }

    private Task<bool> OnRegisterAsync(
        string act,
        long bank,
        string region,
        string value,
        IsolationLevel isolation,
        Func<EntitySession, string, string, Task<string>> change,
        int register = 0)
    {
        if (register == 0) register = random.Next(FleetBank.RegistersPerRegion) + 1;
        return DoAsync(act, $"{bank}/{region}/{register}", value, async attempt =>
        {
            await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Writing(isolation));
            var result = await change(session, Row(bank, region, register), value);
            await attempt.CommitAsync(session);
            return result;
        });
    }

    private Task<bool> ReadRegisterAsync(long bank, string region)
    {
        var register = random.Next(FleetBank.RegistersPerRegion) + 1;
        return DoAsync(Acts.Read, $"{bank}/{region}/{register}", "", _ => ReadAsync(bank, region, register));
    }

    private async Task<string> ReadAsync(long bank, string region, int register)
    {
        if (random.Next(2) == 0)
        {
            var values = await store.QueryAsync(
                FleetBank.Key(bank), $"SELECT value FROM registers WHERE {Row(bank, region, register)}", row => row.GetString(0), group: region);
            return values.Count == 1 ? values[0] : "no row";
        }

        await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Reading());
        return await ValueAsync(session, $"SELECT value FROM registers WHERE {Row(bank, region, register)}");
    }

    /// <summary>Of two people on duty, one may go; one alone may not, but another comes. Only a serializable session can tell.</summary>
    private Task<bool> RelieveAsync(long bank, string region) => DoAsync(Acts.Relieve, $"{bank}/{region}", "", async act =>
    {
        await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Writing(IsolationLevel.Serializable));
        var count = await NumberAsync(session, $"SELECT count(*) FROM duties WHERE bank_id = {bank} AND region = '{region}' AND is_on");
        var change = count == 2
            ? $"is_on = false WHERE {Row(bank, region, random.Next(2) + 1)}"
            : $"is_on = true WHERE bank_id = {bank} AND region = '{region}'";
        await ExecuteAsync(session, $"UPDATE duties SET {change}");
        await act.CommitAsync(session);
        return Text(count);
    });

    private Task<bool> ReadDutyAsync(long bank, string region) => DoAsync(Acts.Duty, $"{bank}/{region}", "", async act =>
    {
        await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Writing(IsolationLevel.Serializable));
        var count = await NumberAsync(session, $"SELECT count(*) FROM duties WHERE bank_id = {bank} AND region = '{region}' AND is_on");
        await act.CommitAsync(session);
        return Text(count);
    });

    private Task<bool> ReadRegionAsync(long bank, string region) => DoAsync(Acts.Region, $"{bank}/{region}", "", async _ =>
    {
        await using var session = await store.BeginAsync(FleetBank.Key(bank), region, Reading());
        var where = $"WHERE bank_id = {bank} AND region = '{region}'";
        return Text(await NumberAsync(session, $"SELECT coalesce(sum(balance), 0)::bigint FROM accounts {where}"))
            + ',' + Text(await NumberAsync(session, $"SELECT count(*) FROM ledger {where} AND client = '{history.Client}'"))
            + ',' + Text(await NumberAsync(session, $"SELECT coalesce(max(value), 0) FROM counters {where} AND client = '{history.Client}'"));
    });

    private Task<bool> ReadWholeAsync(long bank) => DoAsync(Acts.Whole, Text(bank), "", async _ =>
    {
        var sums = await store.CombineShardsAsync(
            FleetBank.Key(bank), $"SELECT coalesce(sum(balance), 0)::bigint FROM accounts WHERE bank_id = {bank}", [ShardColumn.Sum]);
        var entries = await store.CombineShardsAsync(
            FleetBank.Key(bank), $"SELECT count(*) FROM ledger WHERE bank_id = {bank} AND client = '{history.Client}'", [ShardColumn.Sum]);
        await using var session = await store.BeginAsync(FleetBank.Key(bank), default, new SessionOptions { ReadOnly = true, WaitLimit = WaitLimit });
        return Text((long)sums.Single()[0]!) + ',' + Text((long)entries.Single()[0]!)
            + ',' + Text(await NumberAsync(session, $"SELECT version FROM banks WHERE id = {bank}"))
            + ',' + Text(await NumberAsync(session, $"SELECT count(*) FROM notes WHERE bank_id = {bank}"));
    });

    private async Task<bool> DoAsync(string act, string key, string argument, Func<Attempt, Task<string>> run)
    {
        var number = history.Begin(act, key, argument);
        var attempt = new Attempt();
        try
        {
            history.End(number, Outcomes.Done, await run(attempt));
            return true;
        }
        catch (Exception exception) when (attempt.IsCommitted && IsOfServers(exception))
        {
            // What failed came after the acknowledgement.
            history.End(number, Outcomes.Unknown, Describe(exception));
        }
        catch (Exception exception) when (IsOfServers(exception))
        {
            history.End(number, attempt.IsCommitting && !IsRolledBack(exception) ? Outcomes.Unknown : Outcomes.Failed, Describe(exception));
        }
        catch (Exception exception)
        {
            history.End(number, Outcomes.Unknown, Describe(exception));
            history.Violates($"{act} {key} {argument}: {exception}");
        }

        return false;
    }

    /// <summary>Whatever a server that dies, or one that can't be reached, makes of a session; and what PostgreSQL itself asks to do again.</summary>
    private static bool IsOfServers(Exception exception) => exception
        is PartitionServerException or MoveInProgressException or MappingStoreException
        or PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or "57P01" or "57P02" or "57P03" }
        or (NpgsqlException and not PostgresException);

    private static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    private static string Describe(Exception exception) => $"{exception.GetType().Name} {(exception as PostgresException)?.SqlState} {exception.Message}";

    private IsolationLevel AnyIsolation() => random.Next(4) switch
    {
        0 => IsolationLevel.RepeatableRead,
        1 => IsolationLevel.Serializable,
        _ => IsolationLevel.ReadCommitted,
    };

    private string NewValue() => string.Create(CultureInfo.InvariantCulture, $"{history.Client}-{++written}");

    private static SessionOptions Writing(IsolationLevel isolation) => new() { Isolation = isolation, WaitLimit = WaitLimit };

    private SessionOptions Reading() => new()
    {
        ReadOnly = true,
        WaitLimit = WaitLimit,
        Isolation = random.Next(2) == 0 ? IsolationLevel.ReadCommitted : IsolationLevel.Unspecified,
    };

    private static string Row(long bank, string region, int id) => $"bank_id = {bank} AND region = '{region}' AND id = {id}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Task<long> BalanceAsync(EntitySession session, long bank, string region, int account) =>
        NumberAsync(session, $"SELECT balance FROM accounts WHERE {Row(bank, region, account)}");

    private static async Task<int> ExecuteAsync(EntitySession session, string sql)
    {
        await using var command = CommandOn(session, sql);
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> NumberAsync(EntitySession session, string sql)
    {
        await using var command = CommandOn(session, sql);
        return await command.ExecuteScalarAsync() is long number ? number : -1;
    }

    private static async Task<string> ValueAsync(EntitySession session, string sql)
    {
        await using var command = CommandOn(session, sql);
        return await command.ExecuteScalarAsync() as string ?? "no row";
    }

    private static DbCommand CommandOn(EntitySession session, string sql)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = session.Transaction;
        return command;
    }

    /// <summary>How far an act is: before its commit a failure is one for certain.</summary>
    private sealed class Attempt
    {
        public bool IsCommitting { get; private set; }

        public bool IsCommitted { get; private set; }

        public Task CommitAsync(EntitySession session) => CommitAsync(() => session.CommitAsync().AsTask());

        public async Task CommitAsync(Func<Task> commit)
        {
            IsCommitting = true;
            await commit();
            IsCommitted = true;
        }
    }
}
