using Foreshard.Partitions;

namespace Foreshard.Contracts;

public abstract partial class PartitionContract
{
    private static readonly Ticket First = new(Operation: 100, Attempt: 1);
    private static readonly Ticket Second = First with { Attempt = 2 };

    [Fact]
    public async Task Only_the_epoch_that_the_owner_row_has_is_admitted()
    {
        var partition = await MakeAsync(1, 5);

        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(partition, Unit(5, partition, epoch: 6))).Refusal);
        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(partition, Unit(5, partition, epoch: 8))).Refusal);
        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(partition, Unit(6, partition))).Refusal);
        await using var session = await BeginAsync(partition, Unit(5, partition));
        Assert.NotNull(session.Transaction);
    }

    [Fact]
    public async Task A_frozen_unit_lets_sessions_wait_and_refuses_them_at_their_limit()
    {
        var partition = await MakeAsync(1, 5, 6);
        Assert.True(await partition.FreezeAsync(First, Only(Unit(5, partition)), Soon, CancellationToken.None));

        Assert.Equal(RefusalKind.Frozen, (await AdmitAsync(partition, Unit(5, partition))).Refusal);
        await using var other = await BeginAsync(partition, Unit(6, partition));
        var waiting = AdmitAsync(partition, Unit(5, partition), wait: Ample);
        Assert.False(waiting.IsCompleted);
        await partition.ThawAsync(First, Only(Unit(5, partition)), CancellationToken.None);
        await using var admitted = (await waiting).Session;
        Assert.NotNull(admitted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sessions_keep_a_freeze_out_and_are_let_in_again_after_it_gave_up(bool writes)
    {
        var partition = await MakeAsync(1, 5);
        var unit = Unit(5, partition);
        var session = await BeginAsync(partition, unit, scope: writes ? SessionScope.Whole : SessionScope.ReadOnly);

        Assert.False(await partition.FreezeAsync(First, [unit], Soon, CancellationToken.None));
        await using (var other = await BeginAsync(partition, unit)) Assert.NotNull(other);
        await session.DisposeAsync();
        Assert.True(await partition.FreezeAsync(First, [unit], Ample, CancellationToken.None));
        Assert.True(await partition.FreezeAsync(First, [unit], Ample, CancellationToken.None));
        Assert.Equal([(5, 7, OwnerState.Frozen)], await OwnersAsync(partition));
    }

    [Fact]
    public async Task A_cancelled_freeze_lets_sessions_in_again()
    {
        var partition = await MakeAsync(1, 5, 6);
        await using var session = await BeginAsync(partition, Unit(6, partition));
        using var stop = new CancellationTokenSource(Soon);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => partition.FreezeAsync(First, [Unit(5, partition), Unit(6, partition)], Ample, stop.Token).AsTask());

        foreach (var unit in new[] { 5, 6 })
        {
            await using var other = await BeginAsync(partition, Unit(unit, partition));
            Assert.NotNull(other);
        }
    }

    [Fact]
    public async Task Whoever_waits_behind_a_retired_unit_is_told_to_look_again()
    {
        var partition = await MakeAsync(1, 5, 6);
        var (gone, stays) = (Unit(5, partition), Unit(6, partition));
        Assert.True(await partition.FreezeAsync(First, [gone, stays], Ample, CancellationToken.None));
        var waiting = AdmitAsync(partition, gone, wait: Ample);
        var behind = AdmitAsync(partition, stays, wait: Ample);

        await partition.RetireAsync(
            First, [gone, stays], [gone with { Partition = new PartitionId(2), Epoch = 8 }, stays with { Epoch = 9 }, Unit(30, partition, 10)],
                CancellationToken.None);

        Assert.Equal(RefusalKind.Stale, (await waiting).Refusal);
        Assert.Equal(RefusalKind.Stale, (await behind).Refusal);
        Assert.Equal([(5, 7, OwnerState.Moved), (6, 9, OwnerState.Active), (30, 10, OwnerState.Active)], await OwnersAsync(partition));
        var tombstone = (await partition.ReadOwnersAsync(CancellationToken.None))[0];
        Assert.Equal(gone with { Partition = new PartitionId(2), Epoch = 8 }, tombstone.Successor);
        await using var at = await BeginAsync(partition, stays with { Epoch = 9 });
        await using var fresh = await BeginAsync(partition, Unit(30, partition, 10));
        await partition.RetireAsync(First, [gone, stays], [stays with { Epoch = 9 }], CancellationToken.None);
        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(partition, stays)).Refusal);
    }

    [Fact]
    public async Task A_superseded_attempt_does_nothing()
    {
        var partition = await MakeAsync(1, 5, 6);
        var (active, frozen) = (Unit(5, partition), Unit(6, partition));
        await partition.AnnounceAsync(Second, CancellationToken.None);
        Assert.True(await partition.FreezeAsync(Second, [frozen], Ample, CancellationToken.None));
        var before = await OwnersAsync(partition);

        await Assert.ThrowsAsync<SupersededException>(() => partition.AnnounceAsync(First, CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => partition.FreezeAsync(First, [active], Ample, CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => partition.ThawAsync(First, [frozen], CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => partition.RetireAsync(First, [frozen], [], CancellationToken.None).AsTask());

        Assert.Equal(before, await OwnersAsync(partition));
        await using (var session = await BeginAsync(partition, active)) Assert.NotNull(session);
        await partition.ThawAsync(Second, [frozen], CancellationToken.None);
        await partition.ThawAsync(Second, [frozen], CancellationToken.None);
        await using var thawed = await BeginAsync(partition, frozen);
    }

    [Fact]
    public async Task Another_operation_can_neither_thaw_nor_freeze_what_is_frozen()
    {
        var partition = await MakeAsync(1, 5);
        var unit = Unit(5, partition);
        var other = new Ticket(Operation: 200, Attempt: 1);
        Assert.True(await partition.FreezeAsync(First, [unit], Ample, CancellationToken.None));

        Assert.False(await partition.FreezeAsync(other, [unit], Soon, CancellationToken.None));
        await partition.ThawAsync(other, [unit], CancellationToken.None);

        Assert.Equal([(5, 7, OwnerState.Frozen)], await OwnersAsync(partition));
        Assert.Equal(RefusalKind.Frozen, (await AdmitAsync(partition, unit)).Refusal);
    }

    [Fact]
    public async Task A_freeze_of_a_unit_at_another_epoch_fails_and_holds_nothing()
    {
        var partition = await MakeAsync(1, 5);

        await Assert.ThrowsAsync<OwnershipException>(() => partition.FreezeAsync(First, [Unit(5, partition, 8)], Ample, CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<OwnershipException>(() => partition.FreezeAsync(First, [Unit(9, partition)], Ample, CancellationToken.None).AsTask());

        await using var session = await BeginAsync(partition, Unit(5, partition));
        Assert.Equal([(5, 7, OwnerState.Active)], await OwnersAsync(partition));
    }

    [Fact]
    public async Task Ownership_survives_closing_and_opening()
    {
        var partition = await MakeAsync(1, 4, 5, 6);
        Assert.True(await partition.FreezeAsync(First, [Unit(5, partition), Unit(6, partition)], Ample, CancellationToken.None));
        await partition.RetireAsync(First, [Unit(6, partition)], [], CancellationToken.None);

        partition = await ReopenAsync(partition);

        Assert.Equal([(4, 7, OwnerState.Active), (5, 7, OwnerState.Frozen), (6, 7, OwnerState.Moved)], await OwnersAsync(partition));
        await using (var session = await BeginAsync(partition, Unit(4, partition))) Assert.NotNull(session);
        Assert.True((await AdmitAsync(partition, Unit(5, partition))).Refusal is RefusalKind.Frozen or RefusalKind.Abandoned);
        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(partition, Unit(6, partition))).Refusal);
        await partition.AnnounceAsync(Second, CancellationToken.None);
        await Assert.ThrowsAsync<SupersededException>(() => partition.ThawAsync(First, [Unit(5, partition)], CancellationToken.None).AsTask());
        await partition.ThawAsync(Second, [Unit(5, partition)], CancellationToken.None);
        await using var thawed = await BeginAsync(partition, Unit(5, partition));
    }

    [Fact]
    public async Task A_shared_hold_keeps_freezes_out_and_sessions_in()
    {
        var partition = await MakeAsync(1, 5);
        var unit = Unit(5, partition);
        var (hold, _) = await partition.HoldAsync([unit], exclusive: false, Soon, CancellationToken.None);

        Assert.False(hold!.IsExclusive);
        Assert.False(await partition.FreezeAsync(First, [unit], Soon, CancellationToken.None));
        await using (var session = await BeginAsync(partition, unit)) Assert.NotNull(session);
        Assert.Equal(RefusalKind.Frozen, (await partition.HoldAsync([unit], exclusive: true, Soon, CancellationToken.None)).Refusal);
        await hold.DisposeAsync();
        Assert.True(await partition.FreezeAsync(First, [unit], Ample, CancellationToken.None));
    }

    [Fact]
    public async Task An_exclusive_hold_keeps_everybody_else_out()
    {
        var partition = await MakeAsync(1, 5, 6);
        var units = new[] { Unit(5, partition), Unit(6, partition) };
        var (hold, _) = await partition.HoldAsync([.. units], exclusive: true, Soon, CancellationToken.None);

        Assert.True(hold!.IsExclusive);
        Assert.Equal(RefusalKind.Frozen, (await AdmitAsync(partition, units[1])).Refusal);
        Assert.False(await partition.FreezeAsync(First, [units[0]], Soon, CancellationToken.None));
        Assert.Null((await partition.HoldAsync([units[0]], exclusive: false, Soon, CancellationToken.None)).Hold);
        var held = await partition.AdmitAsync(await AskAsync(partition, units[0], 1, SessionScope.Whole, hold: hold), CancellationToken.None);
        await held.Session!.DisposeAsync();
        await hold.DisposeAsync();
        await using var session = await BeginAsync(partition, units[1]);
    }

    [Fact]
    public async Task A_hold_of_several_units_has_all_or_none()
    {
        var partition = await MakeAsync(1, 5, 6);
        var units = new[] { Unit(5, partition), Unit(6, partition) };
        await using (var busy = await BeginAsync(partition, units[1]))
            Assert.Equal(RefusalKind.Frozen, (await partition.HoldAsync([.. units], exclusive: true, Soon, CancellationToken.None)).Refusal);
        Assert.Equal(RefusalKind.Stale, (await partition.HoldAsync([units[0], units[1] with { Epoch = 3 }], true, Soon, CancellationToken.None)).Refusal);
        Assert.Equal(RefusalKind.Stale, (await partition.HoldAsync([units[0], Unit(9, partition)], false, Soon, CancellationToken.None)).Refusal);

        Assert.True(await partition.FreezeAsync(First, [.. units], Ample, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_hold_holds_nothing()
    {
        var partition = await MakeAsync(1, 5, 6);
        await using var busy = await BeginAsync(partition, Unit(6, partition));
        for (var delay = 1; delay <= 12; delay++)
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(delay));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => partition.HoldAsync([Unit(5, partition), Unit(6, partition)], exclusive: true, Ample, stop.Token).AsTask());
        }

        await using var session = await BeginAsync(partition, Unit(5, partition));
        Assert.NotNull(session);
    }
}
