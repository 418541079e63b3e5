namespace Foreshard.Etcd.Tests;

public sealed class EtcdOptionsTests
{
    [Fact]
    public void What_options_start_with_can_be_used() => new EtcdOptions().Check();

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var options = new EtcdOptions
        {
            Endpoints = ["localhost:2379", "http://a:1", "https://b:1"],
            Store = "a/b",
            User = "app",
            KeyFile = "client.key",
            Timeout = TimeSpan.FromMilliseconds(1),
        };

        var error = Assert.Throws<ArgumentException>(options.Check);

        foreach (var part in (string[])["'localhost:2379'", "all http or all https", "'client.key'", "'a/b'", "Password", "CertificateFile", "500 ms"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("größe")]
    public void A_store_name_that_is_none_is_refused(string name) =>
        Assert.Contains("Store", Assert.Throws<ArgumentException>(new EtcdOptions { Store = name }.Check).Message, StringComparison.Ordinal);
}
