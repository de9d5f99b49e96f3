using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Enroll;

public sealed class NodeRevocationTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));
    private TestSite _site = null!;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync() => _site = await TestSite.StartAsync(refusals: true);

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        _limit.Dispose();
    }

    [BrokerFact]
    public async Task Run_NodeThatIsConnected_EndsItsSessionAndTouchesNoOther()
    {
        await using var other = await JoinAsync("gate-2");
        await using var node = await JoinAsync("gate-1");
        Assert.True(await Revocation().RunAsync("gate-1", Cancel));
        await node.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));
        await _site.Broker.LogAsync("certificate verify failed", Cancel);
        Assert.NotEqual(MqttReason.NotAuthorized, await StatusAsync(other, "gate-2"));
        Assert.False(other.Closed.IsCompleted);
        Assert.False(Directory.Exists(_site.Folder.RevocationFolder));
    }

    // Both ends that a revoked node's software may have: it gives up, or it comes back at once, again and again.
    [BrokerFact]
    public async Task Run_NodeThatComesBackAgainAndAgain_IsOutInTheEnd()
    {
        await using var node = await JoinAsync("gate-1");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var open = node;
        var stubborn = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await open.Closed.WaitAsync(enough.Token);
                try
                {
                    open = await _site.ConnectAsync("gate-1", enough.Token);
                }
                catch (MqttException)
                {
                    await Task.Delay(5, enough.Token);
                }
            }
        });
        await Revocation().RunAsync("gate-1", Cancel);
        await open.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stubborn);
    }

    [BrokerFact]
    public async Task Run_AllCertificatesItEverHad_AreRefusedUntilItIsSignedAnew()
    {
        await (await JoinAsync("gate-1")).DisposeAsync();
        var (first, firstKey) = (_site.CertificateFile("gate-1") + ".1", _site.KeyFile("gate-1") + ".1");
        File.Copy(_site.CertificateFile("gate-1"), first);
        File.Copy(_site.KeyFile("gate-1"), firstKey);
        var old = _site.Options("gate-1") with { CertificateFile = first, KeyFile = firstKey };
        _site.Sign("gate-1", renew: true);
        await (await MqttConnection.ConnectAsync(old, Cancel)).DisposeAsync();

        await Revocation().RunAsync("gate-1", Cancel);
        await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(old, Cancel));
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));

        _site.Sign("gate-1", renew: true);
        await using var again = await _site.ConnectAsync("gate-1", Cancel);
        while (await StatusAsync(again, "gate-1") == MqttReason.NotAuthorized) await Task.Delay(20, Cancel);
        await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(old, Cancel));
    }

    // Cut by a crash: after the node list was written; after all files were, before the broker was told; with its keys left.
    [BrokerTheory]
    [InlineData("list")]
    [InlineData("files")]
    [InlineData("keys")]
    public async Task Run_AfterOneThatWasCut_Completes(string cutAfter)
    {
        await using var node = await JoinAsync("gate-1");
        var registry = NodeRegistry.Load(_site.Folder);
        registry.Revoke("gate-1", DateTimeOffset.UtcNow);
        registry.Save();
        if (cutAfter != "list")
        {
            using var authorities = SiteAuthorities.Load(_site.Folder, TimeProvider.System);
            TrustFiles.WriteRevoked(_site.Folder, authorities, registry);
        }
        if (cutAfter == "keys")
        {
            PrivateFiles.CreateFolder(_site.Folder.RevocationFolder);
            PrivateFiles.Write(Path.Combine(_site.Folder.RevocationFolder, "probe.key"), "half");
        }
        Assert.False(node.Closed.IsCompleted);
        Assert.True(await Revocation().RunAsync("gate-1", Cancel));
        await node.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));
        Assert.False(Directory.Exists(_site.Folder.RevocationFolder));
    }

    [BrokerFact]
    public async Task Run_Lists_AreWhatOpenSslReads()
    {
        await (await JoinAsync("gate-1")).DisposeAsync();
        await (await JoinAsync("gate-2")).DisposeAsync();
        await Revocation().RunAsync("gate-1", Cancel);
        (int ExitCode, string Output) Check(string name) => OpenSsl.Run(
            "verify", "-crl_check", "-CAfile", _site.Folder.CaCertificate, "-CRLfile", _site.Folder.BrokerRevoked,
            _site.CertificateFile(name));
        Assert.Contains("certificate revoked", Check("gate-1").Output);
        Assert.Equal(0, Check("gate-2").ExitCode);
        var acl = await File.ReadAllTextAsync(_site.Folder.BrokerAcl, Cancel);
        Assert.DoesNotContain("gate-1", acl);
        Assert.Contains("user gate-2\n", acl);
        // The node's certificate, the two that were made to end its session, and the one that removes what it left.
        var list = OpenSsl.Run("crl", "-in", _site.Folder.BrokerRevoked, "-noout", "-text").Output;
        Assert.Equal(4, list.Split("Serial Number:").Length - 1);
    }

    [BrokerFact]
    public async Task Run_BrokerNotRunning_LeavesTheListsForItsStart()
    {
        await (await JoinAsync("gate-1")).DisposeAsync();
        await _site.Broker.KillAsync();
        Assert.False(await Revocation().RunAsync("gate-1", Cancel));
        await _site.Broker.StartAsync();
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));
    }

    [BrokerFact]
    public async Task Run_UnknownNode_SaysSo()
    {
        var refused = await Assert.ThrowsAsync<PicketException>(() => Revocation().RunAsync("gate-9", Cancel));
        Assert.Equal(ExitCode.BadUsage, refused.ExitCode);
    }

    [BrokerFact]
    public async Task Revoke_Operator_IsRefusedByTheBrokerToo()
    {
        var (key, request) = OpenSsl.NewRequest(_site.Temp, "/CN=op-anna");
        var bundle = _site.CertificateFile("op-anna");
        File.Copy(key, _site.KeyFile("op-anna"));
        await File.WriteAllTextAsync(bundle, OperatorEnrollment.Sign(
            _site.Folder, "anna", OperatorRole.Viewer, await File.ReadAllTextAsync(request, Cancel), request, false,
            TimeProvider.System).Bundle, Cancel);
        // An operator's certificate opens a connection, which has no right to anything.
        await using (var connection = await _site.ConnectAsync("op-anna", Cancel))
        {
            foreach (var topic in (string[])[Topics.Event("op-anna"), Topics.Command("gate-1"), Topics.Ack("gate-1")])
                Assert.Equal(
                    MqttReason.NotAuthorized, await connection.PublishAsync(topic, "x"u8.ToArray(), 1, false, Cancel));
        }
        OperatorEnrollment.Revoke(_site.Folder, "anna", TimeProvider.System);
        while (true)
        {
            try
            {
                await (await _site.ConnectAsync("op-anna", Cancel)).DisposeAsync(); // until the broker has read the list
            }
            catch (MqttException)
            {
                return;
            }
        }
    }

    private NodeRevocation Revocation() => new(_site.Folder, _site.Mosquitto, TimeProvider.System);

    /// <summary>Connected, and the broker knows its topics.</summary>
    private async Task<MqttConnection> JoinAsync(string name)
    {
        var node = await _site.JoinAsync(name, Cancel);
        while (await StatusAsync(node, name) == MqttReason.NotAuthorized) await Task.Delay(20, Cancel);
        return node;
    }

    private Task<MqttReason> StatusAsync(MqttConnection node, string name) =>
        node.PublishAsync(Topics.Status(name), "online"u8.ToArray(), 1, true, Cancel);
}
