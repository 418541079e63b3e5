using Foreshard.Partitions;

namespace Foreshard.Contracts;

public abstract partial class PartitionContract
{
    /// <summary>A mapping table that was restored brings operations up again that are long over; their numbers and epochs are right.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_left_behind_is_deleted_once(bool live)
    {
        var (source, target) = await MakePairAsync();
        await using (var transfer = Transfer(source, target, First, AllOf(1), live)) await CarryAsync(transfer, source, First, live, between: null);
        await source.AdoptAsync([Unit(30, source)], CancellationToken.None);
        await AddAsync(source, Unit(30, source), 1, 4, "eu", "us");

        await using var again = Transfer(source, target, First, AllOf(1), live);
        await again.RetireAsync(CancellationToken.None);
        await again.CleanAsync(CancellationToken.None);

        Assert.Equal(["8"], await ReadAsync(source, Unit(30, source), "SELECT count(*) FROM orders WHERE customer_id = 1"));
    }

    [Fact]
    public async Task A_unit_that_has_left_is_not_brought_back_by_what_once_made_it()
    {
        var partition = await MakeAsync(1, 5);
        var (old, made) = (Unit(5, partition), Unit(30, partition, 10));
        Assert.True(await partition.FreezeAsync(First, [old], Ample, CancellationToken.None));
        await partition.RetireAsync(First, [old], [made], CancellationToken.None);
        var next = new Ticket(101, 1);
        Assert.True(await partition.FreezeAsync(next, [made], Ample, CancellationToken.None));
        await partition.RetireAsync(next, [made], [made with { Partition = new PartitionId(2), Epoch = 11 }], CancellationToken.None);

        await partition.RetireAsync(First, [old], [made], CancellationToken.None);

        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(partition, made)).Refusal);
        Assert.Equal([(5, 7, OwnerState.Moved), (30, 10, OwnerState.Moved)], await OwnersAsync(partition));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transfer_to_where_the_unit_is_served_deletes_nothing(bool live)
    {
        var (source, target) = await MakePairAsync();
        await using (var transfer = Transfer(source, target, First, AllOf(1), live)) await CarryAsync(transfer, source, First, live, between: null);

        await using var again = Transfer(source, target, First, AllOf(1), live);
        await Assert.ThrowsAsync<OwnershipException>(() => again.PrepareAsync(CancellationToken.None).AsTask());

        Assert.Equal(["8"], await ReadAsync(target, Unit(5, target, 8), "SELECT count(*) FROM orders"));
    }
}
