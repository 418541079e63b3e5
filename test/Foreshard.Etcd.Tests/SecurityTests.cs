using Authpb;
using Etcdserverpb;
using Foreshard.Mapping;
using Foreshard.Servers;

namespace Foreshard.Etcd.Tests;

/// <summary>Users, passwords and certificates.</summary>
[Trait("Category", "Slow")]
public sealed class SecurityTests
{
    private static CancellationToken Stop => StoreScene.Stop;

    [Fact]
    public async Task With_authentication_a_user_with_rights_on_the_prefix_can_do_all_and_others_are_told_why_not()
    {
        using var server = await EtcdServer.StartAsync();
        await EnableAsync(server.Endpoint, "/foreshard/shop/");
        await using var store = await StoreScene.CreateAsync(Options(server, "app", "secret"));
        await using var watch = store.WatchAsync(1, Stop).GetAsyncEnumerator(Stop);

        var version = await StoreScene.CommitAsync(store, await StoreScene.RaiseAsync(store, 1));
        Assert.True(await watch.MoveNextAsync());
        Assert.NotNull(await store.AcquireLeaseAsync("autopilot", "a", TimeSpan.FromSeconds(5), Stop));
        var wrong = await Fails(() => StoreScene.OpenAsync(Options(server, "app", "guessed")));
        var stranger = await Fails(() => StoreScene.OpenAsync(Options(server, "stranger", "secret")));
        var nobody = await Fails(() => StoreScene.OpenAsync(Options(server, null, null)));

        Assert.Equal(2, version);
        Assert.Contains("did not accept the log-in", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("guessed", wrong.ToString(), StringComparison.Ordinal);
        Assert.Contains("no right to its keys", stranger.Message, StringComparison.Ordinal);
        Assert.Contains("log-in", nobody.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_in_that_the_node_has_forgotten_is_made_again()
    {
        using var server = await EtcdServer.StartAsync();
        await EnableAsync(server.Endpoint, "/foreshard/shop/");
        await using var store = await StoreScene.CreateAsync(Options(server, "app", "secret"));

        // etcd keeps its tokens in memory.
        server.End();
        server.Start();
        await server.WaitAsync();

        Assert.Equal(2, await StoreScene.CommitAsync(store, await StoreScene.RaiseAsync(store, 1)));
    }

    [Fact]
    public async Task Over_tls_the_node_shows_its_certificate_and_the_client_its_own()
    {
        using var certificates = new Certificates();
        using var strangers = new Certificates();
        var (certificate, key) = certificates.Sign("node");
        var (clientCertificate, clientKey) = certificates.Sign("client");
        using var server = await EtcdServer.StartAsync(new EtcdTls(certificate, key, certificates.CaFile));
        EtcdOptions With(string? ca, string? certificateFile, string? keyFile) => new()
        {
            Endpoints = [server.Endpoint],
            Store = "shop",
            CaFile = ca,
            CertificateFile = certificateFile,
            KeyFile = keyFile,
            Timeout = TimeSpan.FromSeconds(2),
        };

        await using var store = await StoreScene.CreateAsync(With(certificates.CaFile, clientCertificate, clientKey));
        await StoreScene.CommitAsync(store, await StoreScene.RaiseAsync(store, 1));
        var withoutCertificate = await Fails(() => StoreScene.OpenAsync(With(certificates.CaFile, null, null)));
        var otherAuthority = await Fails(() => StoreScene.OpenAsync(With(strangers.CaFile, clientCertificate, clientKey)));
        var noFile = await Assert.ThrowsAsync<ArgumentException>(() => StoreScene.OpenAsync(With(key + ".none", null, null)));

        Assert.Contains("gave no answer", withoutCertificate.Message, StringComparison.Ordinal);
        Assert.Contains("certificate", otherAuthority.Message, StringComparison.Ordinal);
        Assert.Contains(key + ".none", noFile.Message, StringComparison.Ordinal);
    }

    private static EtcdOptions Options(EtcdServer server, string? user, string? password) =>
        new() { Endpoints = [server.Endpoint], Store = "shop", User = user, Password = password };

    private static async Task EnableAsync(string endpoint, string prefix)
    {
        using var etcd = new RawEtcd(endpoint);
        foreach (var (user, password) in (ReadOnlySpan<(string, string)>)[("root", "root"), ("app", "secret"), ("stranger", "secret")])
            etcd.Auth.UserAdd(new AuthUserAddRequest { Name = user, Password = password });
        foreach (var role in (ReadOnlySpan<string>)["root", "foreshard"]) etcd.Auth.RoleAdd(new AuthRoleAddRequest { Name = role });
        var start = Google.Protobuf.ByteString.CopyFromUtf8(prefix);
        await etcd.Auth.RoleGrantPermissionAsync(new AuthRoleGrantPermissionRequest
        {
            Name = "foreshard",
            Perm = new Permission { PermType = Permission.Types.Type.Readwrite, Key = start, RangeEnd = EtcdKeys.EndOf(start) },
        });
        await etcd.Auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await etcd.Auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "app", Role = "foreshard" });
        await etcd.Auth.AuthEnableAsync(new AuthEnableRequest());
    }

    private static Task<MappingStoreException> Fails(Func<Task<EtcdMappingStore>> open) => Assert.ThrowsAsync<MappingStoreException>(open);
}
