using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Servers;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>
/// The mapping table was put back from a snapshot that was taken in the middle of an operation, and the fleet went on since: whoever knows only the table
/// takes the operation up again, and must neither delete rows that somebody has meanwhile nor let anybody in where a unit no longer is.
/// </summary>
[Trait("Category", "Slow")]
public sealed class RestoredDirectoryTests
{
    /// <summary>More than that move while sessions go on.</summary>
    private const int Many = 1500;

    private const int Few = 5;

    private static readonly SessionOptions Impatient = new() { ReadOnly = true, WaitLimit = TimeSpan.FromMilliseconds(500) };

    public static TheoryData<string, int, bool> Moves => new()
    {
        { MoveStep.Prepared, Many, false },
        { MoveStep.Copied, Many, false },
        { MoveStep.Frozen, Many, false },
        { MoveStep.Activated, Many, false },
        { MoveStep.Committed, Many, false },
        { MoveStep.Activated, Few, false },
        { MoveStep.Committed, Few, false },
        { MoveStep.Activated, Many, true },
        { MoveStep.Committed, Many, true },
        { MoveStep.Retired, Many, true },
        { MoveStep.Activated, Few, true },
        { MoveStep.Committed, Few, true },
        { MoveStep.Retired, Few, true },
    };

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task Rows_outlive_a_move_that_comes_up_again(string step, int orders, bool isMovedBack)
    {
        await using var restored = await Restored.StartAsync(orders);
        var (from, to) = (restored.From, restored.To);
        await restored.SaveAtAsync(step, one => one.MoveAsync(Fleet.Customer(42), to, cancellationToken: Fleet.Stop));
        if (isMovedBack) await restored.One.MoveAsync(Fleet.Customer(42), from, cancellationToken: Fleet.Stop);
        var (now, before) = isMovedBack ? (from, to) : (to, from);

        await restored.RestoreAsync();

        // Who knows more refuses to go on with less.
        await Assert.ThrowsAnyAsync<ForeshardException>(() => restored.One.MoveAsync(Fleet.Customer(42), before, cancellationToken: Fleet.Stop));
        var two = await restored.OpenAgainAsync();
        await restored.AssertRowsAsync(now);
        if (two.Where(Fleet.Customer(42)).Shards[0].Partition != now || isMovedBack) await AssertRefusedAsync(two);
        await restored.AssertRowsAsync(now);
    }

    /// <summary>Numbers of operations and epochs are given out again: the target's row looks as if this very move had written it.</summary>
    [Theory]
    [InlineData(Few)]
    [InlineData(Many)]
    public async Task Rows_outlive_the_same_move_done_again_by_the_older_table(int orders)
    {
        await using var restored = await Restored.StartAsync(orders);
        await restored.SaveAsync();
        await restored.One.MoveAsync(Fleet.Customer(42), restored.To, cancellationToken: Fleet.Stop);

        await restored.RestoreAsync();
        var two = await restored.OpenAgainAsync();
        var refused = await Assert.ThrowsAsync<MappingStoreException>(() => two.MoveAsync(Fleet.Customer(42), restored.To, cancellationToken: Fleet.Stop));
        Assert.Contains("older", refused.Message, StringComparison.Ordinal);

        await restored.AssertRowsAsync(restored.To);
        await AssertRefusedAsync(two);
    }

    /// <summary>The unit ended elsewhere, and its rows came back with another.</summary>
    [Theory]
    [InlineData(MoveStep.Committed, Few)]
    [InlineData(MoveStep.Committed, Many)]
    [InlineData(MoveStep.Retired, Many)]
    public async Task Rows_that_came_back_with_another_unit_outlive_the_cleaning_of_the_first(string step, int orders)
    {
        await using var restored = await Restored.StartAsync(orders);
        await restored.SaveAtAsync(step, one => one.MoveAsync(Fleet.Customer(42), restored.To, cancellationToken: Fleet.Stop));
        var bucket = restored.One.Where(Fleet.Customer(42)).Bucket;
        await restored.One.MoveBucketAsync(bucket, restored.To, cancellationToken: Fleet.Stop);
        await restored.One.FoldAsync(Fleet.Customer(42), cancellationToken: Fleet.Stop);
        await restored.One.MoveBucketAsync(bucket, restored.From, cancellationToken: Fleet.Stop);
        await restored.AssertRowsAsync(restored.From);

        await restored.RestoreAsync();
        await restored.OpenAgainAsync();

        await restored.AssertRowsAsync(restored.From);
    }

    [Fact]
    public async Task A_split_that_comes_up_again_serves_no_shard_that_has_moved_on()
    {
        await using var restored = await Restored.StartAsync(Few);
        await restored.SaveAtAsync(MoveStep.Committed, one => one.SplitAsync(Fleet.Customer(42), SplitPoints.Segments(["us"]), Fleet.Stop));
        foreach (var region in new[] { "eu", "us" })
            await restored.One.MoveAsync(Fleet.Customer(42), restored.To, region, cancellationToken: Fleet.Stop);

        await restored.RestoreAsync();
        var two = await restored.OpenAgainAsync();

        await restored.AssertRowsAsync(restored.To);
        foreach (var region in new[] { "eu", "us" }) await AssertRefusedAsync(two, region);
    }

    private static async Task AssertRefusedAsync(EntityStore store, string region = "eu") =>
        await Assert.ThrowsAnyAsync<ForeshardException>(() => store.BeginAsync(Fleet.Customer(42), region, Impatient, Fleet.Stop).AsTask());

    /// <summary>One entity of its own on a fleet whose mapping table is saved and put back.</summary>
    private sealed class Restored : IAsyncDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("foreshard-snapshot-").FullName;
        private readonly EtcdServer etcd;
        private readonly Fleet fleet;
        private readonly int orders;
        private volatile string? step;

        private Restored(EtcdServer etcd, Fleet fleet, int orders)
        {
            this.etcd = etcd;
            this.fleet = fleet;
            this.orders = orders;
        }

        /// <summary>The process that goes on after the table was saved.</summary>
        public EntityStore One { get; private set; } = null!;

        public string From { get; private set; } = "";

        public string To => From == "p1" ? "p2" : "p1";

        private string File => Path.Combine(folder, "etcd");

        public static async Task<Restored> StartAsync(int orders)
        {
            var etcd = await EtcdServer.StartAsync();
            var restored = new Restored(etcd, await Fleet.PrepareAsync(Mapping(etcd)), orders);
            try
            {
                restored.One = await restored.fleet.OpenAsync(options =>
                {
                    options.StepReached = restored.Reached;
                    Fleet.Patient(options);
                });
                await restored.One.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);
                await Fleet.AddCustomerAsync(restored.One, 42, orders, "eu", "us");
                await restored.One.IsolateAsync(Fleet.Customer(42), Fleet.Stop);
                restored.From = restored.One.Where(Fleet.Customer(42)).Shards[0].Partition;
                return restored;
            }
            catch
            {
                await restored.DisposeAsync();
                throw;
            }
        }

        private static EtcdOptions Mapping(EtcdServer etcd) =>
            new() { Endpoints = [etcd.Endpoint], Store = "restored", Timeout = TimeSpan.FromSeconds(30) };

        public Task SaveAsync() => etcd.SaveAsync(File);

        /// <summary>Saves the table when an operation is at a step of it.</summary>
        public async Task SaveAtAsync(string at, Func<EntityStore, Task> operation)
        {
            step = at;
            await operation(One);
            Assert.True(System.IO.File.Exists(File), $"{at} was not reached");
        }

        public Task RestoreAsync() => etcd.RestoreAsync(File);

        /// <summary>Another process, which takes up whatever the table says is under way.</summary>
        public async Task<EntityStore> OpenAgainAsync()
        {
            fleet.Abandon(One);
            await One.DisposeAsync();
            var two = await fleet.OpenAsync();
            await new Recovery(two.Moving).RunAsync(Fleet.Stop);
            foreach (var left in (await new OperationLog(two.Moving.Store).ReadAsync(Fleet.Stop)).Where(left => !left.Record.IsOver))
                await new Recovery(two.Moving).TakeOverAsync(left, Fleet.Stop);
            return two;
        }

        public async Task AssertRowsAsync(string partition)
        {
            Assert.Equal(1L, await fleet.ReadPartitionAsync(partition, "SELECT count(*) FROM customers WHERE id = 42"));
            Assert.Equal(2L * orders, await fleet.ReadPartitionAsync(partition, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await fleet.DisposeAsync();
            }
            finally
            {
                etcd.Dispose();
                Directory.Delete(folder, recursive: true);
            }
        }

        private void Reached(string reached)
        {
            if (reached != step) return;
            step = null;
            etcd.SaveAsync(File).Wait();
        }
    }
}
