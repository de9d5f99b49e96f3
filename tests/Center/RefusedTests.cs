using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center;

/// <summary>What a node gone bad, or a stranger, may try at the real broker: each is refused, logged, stores nothing, and the
/// honest node is served on.</summary>
public sealed class RefusedTests(MosquittoSite refusal) : IClassFixture<MosquittoSite>
{
    private CancellationToken Cancel => refusal.Cancel;

    [BrokerFact]
    public async Task Publish_OnATopicOfOthersOrOfTheCenter_IsDenied()
    {
        await using var node = await refusal.Site.JoinAsync("bad-1", Cancel);
        await GrantedAsync(node, "bad-1");
        var before = refusal.Stored();
        var forged = WireJson.Write(new Ack(EventEnvelope.SchemaVersion, "honest", [Guid.CreateVersion7()]));
        string[] topics =
        [
            Topics.Event("honest"), Topics.Status("honest"), Topics.Crop("honest"), Topics.Ack("honest"),
            Topics.Command("honest"), Topics.Ack("bad-1"), Topics.Command("bad-1"), "picket/v1/list/staff",
            "picket/v1/bad-1/other", "picket/v1/bad-1/crop/a", "picket/v1/bad-1/crop/",
            "picket/v1/bad-1", "picket/v2/bad-1/event", "$SYS/broker/uptime",
            "$CONTROL/broker",
        ];
        foreach (var topic in topics)
        {
            Assert.Equal(MqttReason.NotAuthorized, await node.PublishAsync(topic, forged, 1, false, Cancel));
            await refusal.Site.Broker.LogAsync($"Denied PUBLISH from bad-1 (d0, q1, r0", Cancel);
            await refusal.Site.Broker.LogAsync($"'{topic}'", Cancel);
        }
        Assert.Equal(before, refusal.Stored());
        // Its next message is the ack of its own event: the forged one never reached it.
        await refusal.AssertServedAsync();
    }

    [BrokerFact]
    public async Task Subscribe_WildcardsAndTopicsOfOthers_DeliverOnlyItsOwn()
    {
        await using var node = await refusal.Site.JoinAsync("bad-2", Cancel);
        await GrantedAsync(node, "bad-2");
        // mosquitto 2.0 grants a subscription and checks the access list for each message (measured): what counts is what comes.
        string[] filters =
            ["#", "+/+/+/+", "picket/v1/+/event", Topics.Ack("honest"), Topics.Command("honest"), "$SYS/#", "$share/x/#"];
        foreach (var filter in filters)
        {
            await node.SubscribeAsync(filter, 1, Cancel);
            await refusal.Site.Broker.LogAsync($"bad-2 1 {filter}", Cancel);
        }
        await refusal.Honest.PublishAsync(Topics.Status("honest"), "online"u8.ToArray(), 1, true, Cancel);
        for (var i = 0; i < 3; i++) await refusal.AssertServedAsync();
        var own = refusal.Face("bad-2");
        await node.PublishAsync(Topics.Event("bad-2"), WireJson.Write(own), 1, false, Cancel);
        MqttMessage message;
        do
        {
            message = await node.Received.ReadAsync(Cancel);
            Assert.Equal(Topics.Ack("bad-2"), message.Topic);
        }
        while (WireJson.TryReadAck(message.Payload, out _)?.Ids.Contains(own.Id) != true);
    }

    [BrokerFact]
    public async Task Connect_WithTheClientIdOfAnother_TakesNobodysPlace()
    {
        refusal.Site.Sign("bad-3");
        foreach (var id in (string[])["honest", "center"])
        {
            await using var node = await MqttConnection.ConnectAsync(
                refusal.Site.Options("bad-3") with { ClientId = id }, Cancel);
            await refusal.Site.Broker.LogAsync("as bad-3 (p5", Cancel);
            Assert.Equal(
                MqttReason.NotAuthorized,
                await node.PublishAsync(Topics.Event("honest"), WireJson.Write(refusal.Face("honest")), 1, false, Cancel));
        }
        await refusal.AssertServedAsync();
    }

    [BrokerFact]
    public async Task Connect_CertificateThatIsNotGood_IsRefused()
    {
        using var pki = new TestPki(Path.Combine(refusal.Site.Folder.Root, "other"));
        pki.Issue("honest");
        using var foreign = X509Certificate2.CreateFromPemFile(pki.CertificateFile("honest"), pki.KeyFile("honest"));
        await AssertRefusedAsync(foreign, "certificate verify failed");

        using var expired = OfTheSite("honest", DateTimeOffset.UtcNow.AddMinutes(-1));
        await AssertRefusedAsync(expired, "certificate verify failed");

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var selfSigned = new CertificateRequest("CN=honest", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await AssertRefusedAsync(selfSigned, "certificate verify failed");

        // The broker's own certificate says that it is for servers.
        using var server = X509Certificate2.CreateFromPemFile(
            refusal.Site.Folder.BrokerCertificate, refusal.Site.Folder.BrokerKey);
        await AssertRefusedAsync(server, "certificate verify failed");

        await AssertRefusedAsync(null, "peer did not return a certificate");
    }

    [BrokerFact]
    public async Task Publish_Replayed_IsStoredOnceAndOnlyInTheNameOfItsOwner()
    {
        var captured = refusal.Face("honest");
        await refusal.AcknowledgedAsync(refusal.Honest, captured);
        var (before, duplicates) = (refusal.Stored(), await refusal.CountAsync("duplicates"));
        await refusal.AcknowledgedAsync(refusal.Honest, captured);
        Assert.Equal(before, refusal.Stored());
        Assert.Equal(duplicates + 1, await refusal.CountAsync("duplicates"));

        await using var node = await refusal.Site.JoinAsync("bad-4", Cancel);
        await GrantedAsync(node, "bad-4");
        var refused = await refusal.CountAsync("refused");
        await node.PublishAsync(Topics.Event("bad-4"), WireJson.Write(captured), 1, false, Cancel);
        await refusal.AssertServedAsync();
        Assert.Equal(refused + 1, await refusal.CountAsync("refused"));
        Assert.Equal(0, refusal.Stored("bad-4"));
    }

    [BrokerFact]
    public async Task Publish_Oversized_EndsTheConnectionOrIsDropped()
    {
        var before = refusal.Stored();
        await using (var raw = await OpenAsync("bad-5"))
        {
            await raw.ConnectAsync("bad-5", Cancel);
            Assert.Equal(0x20, (await raw.ReadPacketAsync(Cancel))[0]);
            await raw.SendAsync([0x32, 0xF0, 0xA2, 0x04], Cancel); // a PUBLISH of 112 + 34 * 128 + 4 * 16384 = 70,000 bytes
            // DISCONNECT with reason 0x95, packet too large (MQTT 5.0, section 3.14.2.1).
            Assert.Equal([0xE0, 0x01, 0x95], await raw.ReadToEndAsync(Cancel));
        }
        await refusal.Site.Broker.LogAsync("bad-5 disconnected due to oversize packet", Cancel);
        // What the broker lets through is still more than the center takes.
        await using var node = await refusal.Site.ConnectAsync("bad-5", Cancel);
        await GrantedAsync(node, "bad-5");
        await node.PublishAsync(Topics.Event("bad-5"), new byte[WireJson.MaxMessageBytes + 512], 1, false, Cancel);
        await refusal.AssertServedAsync();
        Assert.Equal((before + 1, 0), (refusal.Stored(), refusal.Stored("bad-5")));
    }

    [BrokerFact]
    public async Task Publish_Malformed_IsRefusedAndCounted()
    {
        await using var node = await refusal.Site.JoinAsync("bad-6", Cancel);
        await GrantedAsync(node, "bad-6");
        var sound = WireJson.Write(refusal.Face("bad-6"));
        byte[][] events =
        [
            [], [0], "null"u8.ToArray(), "{}"u8.ToArray(), sound[..^1], [.. sound, (byte)'x'],
            Encoding.UTF8.GetBytes(new string('[', 10_000)), [.. sound[..40], 0xC3, 0x28, .. sound[42..]],
            WireJson.Write(refusal.Face("honest")),
        ];
        var (refused, before) = (await refusal.CountAsync("refused"), refusal.Stored());
        foreach (var payload in events) await node.PublishAsync(Topics.Event("bad-6"), payload, 1, false, Cancel);
        await node.PublishAsync(Topics.Status("bad-6"), "perhaps"u8.ToArray(), 1, true, Cancel);
        await node.PublishAsync(Topics.Crop("bad-6"), sound, 1, false, Cancel);
        await node.PublishAsync(Topics.Event("bad-6"), sound, 1, retain: true, Cancel);
        await refusal.AssertServedAsync();
        Assert.Equal(refused + events.Length + 3, await refusal.CountAsync("refused"));
        Assert.Equal((before + 1, 0), (refusal.Stored(), refusal.Stored("bad-6")));
    }

    // Not MQTT at all, a second CONNECT, a packet of the server's, a length of five bytes, a topic with a wildcard, QoS 3.
    [BrokerFact]
    public async Task Send_MalformedPackets_EndThatConnectionAlone()
    {
        byte[][] packets =
        [
            "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
            [0x10, 0x0D, 0, 4, .. "MQTT"u8, 5, 2, 0, 60, 0, 0, 0],
            [0x20, 0x02, 0, 0],
            [0x32, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x30, 0x05, 0, 1, (byte)'#', 0, 0],
            [0x36, 0x06, 0, 1, (byte)'a', 0, 1, 0],
        ];
        foreach (var packet in packets)
        {
            await using var raw = await OpenAsync("bad-7");
            await raw.ConnectAsync("bad-7", Cancel);
            await raw.ReadPacketAsync(Cancel);
            await raw.SendAsync(packet, Cancel);
            await raw.ReadToEndAsync(Cancel);
        }
        await refusal.Site.Broker.LogAsync("bad-7 disconnected", Cancel);
        await refusal.AssertServedAsync();
    }

    /// <summary>Waits until the broker has read the node's part of the access list.</summary>
    private async Task GrantedAsync(MqttConnection node, string name)
    {
        while (await node.PublishAsync(Topics.Status(name), "online"u8.ToArray(), 1, true, Cancel) == MqttReason.NotAuthorized)
            await Task.Delay(20, Cancel);
    }

    private async Task<RawMqtt> OpenAsync(string name)
    {
        if (!File.Exists(refusal.Site.CertificateFile(name))) refusal.Site.Sign(name);
        using var certificate = X509Certificate2.CreateFromPemFile(
            refusal.Site.CertificateFile(name), refusal.Site.KeyFile(name));
        return await RawMqtt.OpenAsync(refusal.Site.Port, refusal.Site.Folder.CaCertificate, certificate, Cancel);
    }

    /// <summary>The connection ends before the broker says a word of MQTT.</summary>
    private async Task AssertRefusedAsync(X509Certificate2? certificate, string logged)
    {
        var lines = refusal.Site.Broker.Log.Count(line => line.Contains(logged, StringComparison.Ordinal));
        try
        {
            await using var raw = await RawMqtt.OpenAsync(
                refusal.Site.Port, refusal.Site.Folder.CaCertificate, certificate, Cancel);
            await raw.ConnectAsync("honest", Cancel);
            Assert.Empty(await raw.ReadToEndAsync(Cancel));
        }
        catch (IOException)
        {
            // Closed while it still wrote.
        }
        while (refusal.Site.Broker.Log.Count(line => line.Contains(logged, StringComparison.Ordinal)) == lines)
            await Task.Delay(20, Cancel);
        await refusal.AssertServedAsync();
    }

    /// <summary>As the site's authority would sign it, with another end.</summary>
    private X509Certificate2 OfTheSite(string name, DateTimeOffset until)
    {
        var folder = refusal.Site.Folder;
        using var authority = X509Certificate2.CreateFromPemFile(folder.CaCertificate, folder.CaKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, authority.NotBefore, until, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
