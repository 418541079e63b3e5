using Foreshard.Moving;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>Operations that neither go on nor were ended.</summary>
public sealed class StuckOperationTests
{
    [Fact]
    public async Task An_operation_that_stopped_between_two_steps_is_found_until_it_is_taken_up()
    {
        var isFull = true;
        await using var shop = await Shop.OpenAsync(Shop.Options(step =>
        {
            if (isFull && step == MoveStep.Committed) throw new IOException("No space left on device.");
        }));
        await shop.AddCustomerAsync(42, 3, "eu");
        await shop.AddCustomerAsync(43, 3, "eu");
        Assert.Empty(await shop.Store.VerifyAsync());

        await Assert.ThrowsAsync<IOException>(() => shop.Store.IsolateAsync(Shop.Customer(42)));

        // That the partition has not heard of the unit either is found as well.
        var finding = Assert.Single(await shop.Store.VerifyAsync(), one => one.Kind == FindingKind.StuckOperation);
        isFull = false;
        await shop.Store.IsolateAsync(Shop.Customer(43));

        Assert.Equal((FindingKind.StuckOperation, "customer/42"), (finding.Kind, finding.Subject));
        Assert.Contains("is Committed and stands still", finding.Message, StringComparison.Ordinal);
        Assert.Empty(await shop.Store.VerifyAsync());
    }
}
