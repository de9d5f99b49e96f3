using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>What one node with a good certificate, gone bad, may try at a center that is its own broker: it costs that node's
/// connection, a bounded number of bytes, and nobody else anything.</summary>
public sealed class OneProgramTests(OneProgramSite site) : IClassFixture<OneProgramSite>
{
    /// <summary>What the broker holds for a connection at most: its queue, its socket, and the window of the other side (4 kB,
    /// doubled by the system).</summary>
    private const long SocketBytes = 64 << 10;

    private CancellationToken Cancel => site.Cancel;

    // As shipped, the library kept each answer: 2.7 GB in 15 s. Here one that is not read ends what is read.
    [Fact]
    public async Task Publish_AcknowledgmentsAreNeverRead_IsCutAfterABoundedNumber()
    {
        await using var node = await ConnectAsync("deaf-1", receiveBytes: 4096);
        var message = MqttBytes.Publish(Topics.Event("deaf-1"), "no event"u8.ToArray());
        byte[] many = [.. Enumerable.Repeat(message, 100).SelectMany(one => one)];
        var sent = await SendUntilCutAsync(node, many);
        await site.Center.LoggedAsync("node deaf-1 was cut off", Cancel);
        // An answer is 26 bytes on the line. What was sent and not read any more lies in sockets as well.
        Assert.InRange(sent, 0, 64 * SocketBytes);
        await site.AssertServedAsync();
    }

    [Fact]
    public async Task Ping_AnswersAreNeverRead_IsCut()
    {
        await using var node = await ConnectAsync("deaf-2", receiveBytes: 4096);
        byte[] many = [.. Enumerable.Repeat(MqttBytes.Ping, 1000).SelectMany(one => one)];
        Assert.InRange(await SendUntilCutAsync(node, many), 0, 64 * SocketBytes);
        await site.Center.LoggedAsync("node deaf-2 was cut off", Cancel);
        await site.AssertServedAsync();
    }

    [Fact]
    public async Task Connect_Claims268MB_IsCutBeforeMemoryIsTaken()
    {
        await using var stranger = await site.OpenAsync("claims");
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await stranger.SendAsync([0x10, 0xFF, 0xFF, 0xFF, 0x7F], Cancel);
        Assert.Empty(await stranger.ReadToEndAsync(Cancel));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 << 20);
        await site.AssertServedAsync();
    }

    [Fact]
    public async Task Publish_Claims268MB_IsToldThatItIsTooLarge()
    {
        await using var node = await ConnectAsync("claims");
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await node.SendAsync([0x32, 0xFF, 0xFF, 0xFF, 0x7F], Cancel);
        // DISCONNECT with reason 0x95, packet too large (MQTT 5.0, section 3.14.2.1).
        Assert.Equal([0xE0, 2, 0x95], (await node.ReadToEndAsync(Cancel))[..3]);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 << 20);
        await site.AssertServedAsync();
    }

    // The library would keep 65,535 topics of 64 kB for one connection.
    [Fact]
    public async Task Publish_TopicAlias_IsCut() =>
        await AssertCutAsync("alias", MqttBytes.Publish(Topics.Event("alias"), [1], alias: 1));

    [Fact]
    public async Task Publish_AtLevel2_IsCut() => await AssertCutAsync("level-2", MqttBytes.Publish(Topics.Event("level-2"), [1], qos: 2));

    [Fact]
    public async Task Subscribe_ManyFilters_IsCut() => await AssertCutAsync(
        "filters", MqttBytes.Subscribe([.. Enumerable.Range(0, 100).Select(i => ($"picket/v1/{i}/x", (byte)0))]));

    // PUBREL, PUBACK, AUTH, CONNACK: what the library would answer, or keep.
    [Theory]
    [InlineData(new byte[] { 0x62, 2, 0, 1 })]
    [InlineData(new byte[] { 0x40, 2, 0, 1 })]
    [InlineData(new byte[] { 0xF0, 0 })]
    [InlineData(new byte[] { 0x20, 3, 0, 0, 0 })]
    public async Task Send_PacketThatNoNodeSends_IsCut(byte[] packet) => await AssertCutAsync("strange", packet);

    [Fact]
    public async Task Publish_ForeignTopicsAndRetained_AreDeniedAndNothingIsKept()
    {
        await using var node = await site.Site.JoinAsync("bad-1", Cancel);
        var before = site.Stored();
        var forged = WireJson.Write(new Ack(EventEnvelope.SchemaVersion, "honest", [Guid.CreateVersion7()]));
        string[] topics =
        [
            Topics.Event("honest"), Topics.Status("honest"), Topics.Crop("honest"), Topics.Ack("honest"), Topics.Command("honest"),
            Topics.Ack("bad-1"), Topics.Command("bad-1"), Topics.Probe("bad-1"), "picket/v1/list/staff", "picket/v1/bad-1/crop/a",
            "picket/v1/bad-1", "picket/v2/bad-1/event", "$SYS/broker/uptime", "$CONTROL/broker",
            .. Enumerable.Range(0, 200).Select(i => $"picket/v1/bad-1/crop/{i}"),
        ];
        foreach (var topic in topics)
            Assert.Equal(MqttReason.NotAuthorized, await node.PublishAsync(topic, forged, 1, retain: true, Cancel));
        Assert.Equal(before, site.Stored());
        // Its next message is the ack of its own event: the forged one never reached it.
        await site.AssertServedAsync();
        await AssertNothingComesAsync("bad-1");
    }

    [Fact]
    public async Task Connect_LastWillOnAnothersStatus_IsNotPublished()
    {
        await site.Honest.PublishAsync(Topics.Status("honest"), "online"u8.ToArray(), 1, true, Cancel);
        await using (var node = await site.OpenAsync("bad-2"))
        {
            await node.SendAsync(MqttBytes.Connect("bad-2", will: (Topics.Status("honest"), "offline"u8.ToArray())), Cancel);
            await node.ReadPacketAsync(Cancel);
        }
        await site.Center.LoggedAsync("its last will is on a topic that it may not write", Cancel);
        await site.AssertServedAsync();
        Assert.True((await site.NodeAsync("honest"))!.Value.GetProperty("online").GetBoolean());
    }

    [Fact]
    public async Task Connect_WithTheClientIdOfAnother_TakesNobodysPlace()
    {
        site.Site.Sign("bad-3");
        foreach (var id in (string[])["honest", "center"])
        {
            await using var node = await MqttConnection.ConnectAsync(site.Site.Options("bad-3") with { ClientId = id }, Cancel);
            Assert.Equal(
                MqttReason.NotAuthorized,
                await node.PublishAsync(Topics.Event("honest"), WireJson.Write(site.Face("honest")), 1, false, Cancel));
            Assert.Equal(
                MqttReason.Success, await node.PublishAsync(Topics.Status("bad-3"), "online"u8.ToArray(), 1, true, Cancel));
        }
        await site.AssertServedAsync();
    }

    // A stranger's, the broker's own, the center's, an operator's.
    [Fact]
    public async Task Connect_CertificateOfNoNode_IsRefused()
    {
        using var pki = new TestPki(site.Site.Temp.File("other"));
        pki.Issue("honest");
        using (var foreign = X509Certificate2.CreateFromPemFile(pki.CertificateFile("honest"), pki.KeyFile("honest")))
            Assert.Empty(await AnswerAsync(foreign));
        Assert.Empty(await AnswerAsync(null));
        var folder = site.Site.Folder;
        using (var server = X509Certificate2.CreateFromPemFile(folder.CaBrokerCertificate, folder.BrokerKey))
            Assert.Empty(await AnswerAsync(server));
        using (var expired = OfTheSite("honest", DateTimeOffset.UtcNow.AddMinutes(-1))) Assert.Empty(await AnswerAsync(expired));
        using var center = X509Certificate2.CreateFromPemFile(folder.CenterCertificate, folder.CenterKey);
        using var operators = OfTheSite("op-anna", DateTimeOffset.UtcNow.AddDays(1));
        using var unknown = OfTheSite("nobody", DateTimeOffset.UtcNow.AddDays(1));
        // CONNACK with reason 0x87, not authorized (MQTT 5.0, section 3.2.2.2).
        foreach (var certificate in (X509Certificate2[])[center, operators, unknown])
        {
            var answer = await AnswerAsync(certificate);
            Assert.True(answer is [0x20, _, 0, 0x87, ..], Convert.ToHexString(answer));
        }
        await site.AssertServedAsync();
    }

    [Fact]
    public async Task Revoke_ConnectedNode_EndsItsConnectionAndLetsItInNoMore()
    {
        await using var node = await site.Site.JoinAsync("revoked", Cancel);
        await using var raw = await ConnectAsync("revoked-2");
        var revocation = new NodeRevocation(site.Site.Folder, null, TimeProvider.System);
        Assert.True(await revocation.RunAsync("revoked", Cancel));
        await node.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAsync<MqttException>(() => site.Site.ConnectAsync("revoked", Cancel));

        Assert.True(await revocation.RunAsync("revoked-2", Cancel));
        // DISCONNECT with reason 0x87: it is told.
        Assert.Equal([0xE0, 2, 0x87], (await raw.ReadToEndAsync(Cancel))[..3]);
        await site.AssertServedAsync();
        // With another certificate it is in again, and not with the one from before.
        var old = await File.ReadAllBytesAsync(site.Site.CertificateFile("revoked"), Cancel);
        var key = await File.ReadAllBytesAsync(site.Site.KeyFile("revoked"), Cancel);
        site.Site.Sign("revoked", renew: true);
        await using (await site.Site.ConnectAsync("revoked", Cancel))
        {
            await File.WriteAllBytesAsync(site.Site.CertificateFile("revoked"), old, Cancel);
            await File.WriteAllBytesAsync(site.Site.KeyFile("revoked"), key, Cancel);
            await Assert.ThrowsAsync<MqttException>(() => site.Site.ConnectAsync("revoked", Cancel));
        }
    }

    [Fact]
    public async Task Connect_WithoutPause_IsToldThatItComesTooOften()
    {
        byte last = 0;
        for (var i = 0; i < 12 && last == 0; i++)
        {
            await using var node = await site.OpenAsync("often");
            await node.ConnectAsync("often", Cancel);
            last = (await node.ReadPacketAsync(Cancel))[3];
        }
        Assert.Equal(0x9F, last); // connection rate exceeded
        await site.AssertServedAsync();
    }

    private async Task AssertCutAsync(string name, byte[] packet)
    {
        await using (var node = await ConnectAsync(name))
        {
            await node.SendAsync(packet, Cancel);
            Assert.Equal(0xE0, (await node.ReadToEndAsync(Cancel)).FirstOrDefault());
        }
        await site.Center.LoggedAsync($"node {name} was cut off", Cancel);
        await site.AssertServedAsync();
    }

    /// <summary>A subscriber to all that it may read, and asked for all else, gets nothing.</summary>
    private async Task AssertNothingComesAsync(string name)
    {
        await using var node = await ConnectAsync(name);
        await node.SendAsync(MqttBytes.Subscribe((Topics.Ack(name), 1), (Topics.Command(name), 1), ("#", 1)), Cancel);
        Assert.Equal(0x90, (await node.ReadPacketAsync(Cancel))[0]);
        await node.SendAsync(MqttBytes.Ping, Cancel);
        Assert.Equal(MqttBytes.PingAnswer, await node.ReadPacketAsync(Cancel));
    }

    /// <returns>Bytes that could be sent.</returns>
    private async Task<long> SendUntilCutAsync(RawMqtt node, byte[] many)
    {
        long sent = 0;
        try
        {
            for (; ; sent += many.Length) await node.SendAsync(many, Cancel);
        }
        catch (IOException)
        {
            return sent;
        }
    }

    private async Task<RawMqtt> ConnectAsync(string name, int? receiveBytes = null)
    {
        var node = await site.OpenAsync(name, receiveBytes);
        await node.ConnectAsync(name, Cancel);
        var welcome = await node.ReadPacketAsync(Cancel);
        Assert.Equal((0x20, 0), (welcome[0], welcome[3]));
        return node;
    }

    /// <summary>All that the broker says to who comes with this certificate.</summary>
    private async Task<byte[]> AnswerAsync(X509Certificate2? certificate)
    {
        try
        {
            await using var raw = await RawMqtt.OpenAsync(site.Site.Port, site.Site.Folder.CaCertificate, certificate, Cancel);
            await raw.ConnectAsync("honest", Cancel);
            return await raw.ReadToEndAsync(Cancel);
        }
        catch (IOException)
        {
            return []; // closed while it still wrote
        }
    }

    /// <summary>As the site's authority would sign it, with another end.</summary>
    private X509Certificate2 OfTheSite(string name, DateTimeOffset until)
    {
        var folder = site.Site.Folder;
        using var authority = X509Certificate2.CreateFromPemFile(folder.CaCertificate, folder.CaKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, authority.NotBefore, until, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
