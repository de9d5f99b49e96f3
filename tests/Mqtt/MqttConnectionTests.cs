using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Mqtt;

/// <summary>Against the real broker; expected reason codes are those of the MQTT 5.0 standard, section 2.4.</summary>
public sealed class MqttConnectionTests : IDisposable
{
    private const string Node = "node-1";
    private const string Other = "node-2";

    /// <summary>Ends a test that hangs; nothing waits this long otherwise.</summary>
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly TempFolder _folder = new();
    private readonly TestPki _pki;

    public MqttConnectionTests()
    {
        _pki = new TestPki(_folder.File("pki"));
        _pki.Issue(Node);
        _pki.Issue(MosquittoBroker.Center);
    }

    private CancellationToken Cancel => _limit.Token;

    public void Dispose()
    {
        _pki.Dispose();
        _folder.Dispose();
        _limit.Dispose();
    }

    [BrokerFact]
    public async Task Publish_WithSubscriber_IsDeliveredUnchanged()
    {
        await using var broker = await StartBrokerAsync();
        await using var center = await ConnectAsync(broker, MosquittoBroker.Center);
        await center.SubscribeAsync(Topics.AllEvents, 1, Cancel);
        await using var node = await ConnectAsync(broker, Node);
        var payload = Enumerable.Range(0, 5000).Select(i => (byte)i).ToArray();

        var reason = await node.PublishAsync(Topics.Event(Node), payload, 1, retain: false, Cancel);
        var message = await center.Received.ReadAsync(Cancel);

        Assert.Equal(MqttReason.Success, reason);
        Assert.Equal(Topics.Event(Node), message.Topic);
        Assert.Equal(payload, message.Payload);
        Assert.False(message.Retained);
    }

    [BrokerFact]
    public async Task Publish_WithoutSubscriber_TellsSo()
    {
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);

        var reason = await node.PublishAsync(Topics.Event(Node), "x"u8.ToArray(), 1, retain: false, Cancel);

        Assert.Equal(MqttReason.NoMatchingSubscribers, reason);
    }

    [BrokerFact]
    public async Task Publish_OnAnotherNodesTopicOrAsTheCenter_IsNotAuthorized()
    {
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);

        Assert.Equal(MqttReason.NotAuthorized, await PublishAsync(node, Topics.Event(Other)));
        Assert.Equal(MqttReason.NotAuthorized, await PublishAsync(node, Topics.Ack(Node)));
        Assert.Equal(MqttReason.NotAuthorized, await PublishAsync(node, Topics.Ack(Other)));
        Assert.Equal(MqttReason.NotAuthorized, await PublishAsync(node, Topics.Command(Node)));
    }

    [BrokerFact]
    public async Task Connect_WithAnothersClientId_DoesNotDisconnectIt()
    {
        _pki.Issue(Other);
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);

        await using var thief = await MqttConnection.ConnectAsync(
            Options(broker, Other) with { ClientId = Node }, Cancel);

        Assert.Equal(MqttReason.NoMatchingSubscribers, await PublishAsync(node, Topics.Event(Node)));
    }

    [BrokerFact]
    public async Task Subscribe_LaterSubscriber_GetsRetainedStatus()
    {
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);
        await node.PublishAsync(Topics.Status(Node), "online"u8.ToArray(), 1, retain: true, Cancel);
        await using var center = await ConnectAsync(broker, MosquittoBroker.Center);

        await center.SubscribeAsync(Topics.AllStatus, 1, Cancel);
        var message = await center.Received.ReadAsync(Cancel);

        Assert.Equal("online", Encoding.UTF8.GetString(message.Payload));
        Assert.True(message.Retained);
    }

    [BrokerFact]
    public async Task SubscribeLive_KeptMessages_StayAtTheBrokerAndNewOnesSayTheyWillBeKept()
    {
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);
        await node.PublishAsync(Topics.Event(Node), "old"u8.ToArray(), 1, retain: true, Cancel);
        await using var center = await ConnectAsync(broker, MosquittoBroker.Center);

        await center.SubscribeLiveAsync(Topics.AllEvents, 1, Cancel);
        await node.PublishAsync(Topics.Event(Node), "new"u8.ToArray(), 1, retain: true, Cancel);
        var message = await center.Received.ReadAsync(Cancel);

        Assert.Equal("new", Encoding.UTF8.GetString(message.Payload));
        Assert.True(message.Retained);
    }

    [BrokerFact]
    public async Task Will_ConnectionTakenOver_IsPublished()
    {
        await using var broker = await StartBrokerAsync();
        await using var center = await ConnectAsync(broker, MosquittoBroker.Center);
        await center.SubscribeAsync(Topics.AllStatus, 1, Cancel);
        var will = new MqttWill(Topics.Status(Node), "offline"u8.ToArray());
        await using var first = await MqttConnection.ConnectAsync(Options(broker, Node) with { Will = will }, Cancel);

        // A second connection with the same certificate: the broker ends the first (MQTT 5.0, 3.1.4-3).
        await using var second = await ConnectAsync(broker, Node);
        var message = await center.Received.ReadAsync(Cancel);
        await first.Closed.WaitAsync(Cancel);

        Assert.Equal("offline", Encoding.UTF8.GetString(message.Payload));
    }

    [BrokerFact]
    public async Task Dispose_WithWill_SaysGoodbyeSoThatItIsNotPublished()
    {
        await using var broker = await StartBrokerAsync();
        await using var center = await ConnectAsync(broker, MosquittoBroker.Center);
        await center.SubscribeAsync(Topics.AllStatus, 1, Cancel);
        await center.SubscribeAsync(Topics.AllEvents, 1, Cancel);
        var will = new MqttWill(Topics.Status(Node), "offline"u8.ToArray());
        var first = await MqttConnection.ConnectAsync(Options(broker, Node) with { Will = will }, Cancel);
        await first.DisposeAsync();

        await using var second = await ConnectAsync(broker, Node);
        await PublishAsync(second, Topics.Event(Node));

        // A will would have come first: the broker handles the end of the first connection before the second's message.
        Assert.Equal(Topics.Event(Node), (await center.Received.ReadAsync(Cancel)).Topic);
    }

    [BrokerFact]
    public async Task Connect_BrokerOfAnotherCa_Refuses()
    {
        using var stranger = new TestPki(_folder.File("stranger"));
        await using var broker = await StartBrokerAsync();

        var error = await Assert.ThrowsAsync<MqttException>(
            () => MqttConnection.ConnectAsync(Options(broker, Node) with { CaFile = stranger.CaFile }, Cancel));

        Assert.Contains($"localhost:{broker.Port}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"from the authority 'Picket test CA', which is not in {stranger.CaFile}", error.Message);
    }

    [BrokerTheory]
    [InlineData("ca", "x", "ca.pem: holds no authority's certificate")]
    [InlineData("ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ca.pem: is damaged")]
    [InlineData("certificate", "x", "node.pem: is damaged")]
    [InlineData("key", "x", "node.key: is damaged")]
    [InlineData("key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "node.key: has a pass phrase")]
    [InlineData("key", null, "node.key: is damaged, or not the key of")] // another certificate's
    public async Task Connect_FileThatIsNoGood_NamesItAndWhatToDo(string which, string? content, string expected)
    {
        await using var broker = await StartBrokerAsync();
        var options = Options(broker, Node);
        var (from, to) = which switch
        {
            "ca" => (options.CaFile, _folder.File("ca.pem")),
            "certificate" => (options.CertificateFile, _folder.File("node.pem")),
            _ => (_pki.KeyFile(MosquittoBroker.Center), _folder.File("node.key")),
        };
        await File.WriteAllTextAsync(to, content ?? await File.ReadAllTextAsync(from, Cancel), Cancel);
        options = which switch
        {
            "ca" => options with { CaFile = to },
            "certificate" => options with { CertificateFile = to },
            _ => options with { KeyFile = to },
        };

        var error = await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(options, Cancel));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("enroll", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task Connect_BrokersCertificateNotValidNow_NamesTheClock()
    {
        _pki.Lifetime = (DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-8));
        await using var broker = await StartBrokerAsync();

        var error = await Assert.ThrowsAsync<MqttException>(
            () => MqttConnection.ConnectAsync(Options(broker, Node), Cancel));

        Assert.Contains("'broker' of the broker is valid from", error.Message, StringComparison.Ordinal);
        Assert.Contains("set the clock", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task Connect_OwnCertificateExpired_NamesItsFileAndTheClock()
    {
        await using var broker = await StartBrokerAsync();
        _pki.Lifetime = (DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-8));
        _pki.Issue(Node);

        var error = await Assert.ThrowsAsync<MqttException>(
            () => MqttConnection.ConnectAsync(Options(broker, Node), Cancel));

        Assert.Contains($"{_pki.CertificateFile(Node)}: the certificate is valid from", error.Message);
        Assert.Contains("set the clock", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task Connect_CertificateOfAnotherCa_IsRefusedByTheBroker()
    {
        using var stranger = new TestPki(_folder.File("stranger"));
        stranger.Issue(Node);
        await using var broker = await StartBrokerAsync();
        var options = Options(broker, Node) with
        {
            CertificateFile = stranger.CertificateFile(Node),
            KeyFile = stranger.KeyFile(Node),
        };

        var error = await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(options, Cancel));

        // With the alert or, where the reset overtakes that, without it.
        Assert.Contains(options.CertificateFile, error.Message, StringComparison.Ordinal);
        Assert.Contains("'Picket test CA'", error.Message, StringComparison.Ordinal);
        Assert.Contains("enroll this machine again", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task Connect_HostNotInTheBrokersCertificate_Refuses()
    {
        await using var broker = await StartBrokerAsync();

        // 127.1 is 127.0.0.1 for the resolver, and neither a name nor an address of the certificate.
        var error = await Assert.ThrowsAsync<MqttException>(
            () => MqttConnection.ConnectAsync(Options(broker, Node) with { Host = "127.1" }, Cancel));

        Assert.Contains("not issued for the name or address '127.1'", error.Message, StringComparison.Ordinal);
        Assert.Contains("localhost, 127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A node's certificate is of the same authority, and may not stand for a broker.</summary>
    [Fact]
    public async Task Connect_BrokerWithAClientsCertificate_Refuses()
    {
        _pki.Usage = "1.3.6.1.5.5.7.3.2"; // id-kp-clientAuth
        _pki.Issue("broker", server: true);
        await using var broker = new ScriptedBroker(_pki);
        var welcome = broker.WelcomeAsync([], Cancel);

        var error = await Assert.ThrowsAsync<MqttException>(
            () => MqttConnection.ConnectAsync(Options(broker.Port, Node), Cancel));

        Assert.Contains("the broker's certificate 'broker' is not acceptable", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => welcome);
    }

    /// <summary>Whatever the reset meets, connect or handshake, the attempt ends at once and says where.</summary>
    [Fact]
    public async Task Connect_ResetAtOnce_NeverSpins()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = Options(((IPEndPoint)listener.LocalEndpoint).Port, Node);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var resetting = ResetAllAsync(listener, end.Token);
        for (var round = 0; round < 50; round++)
        {
            var error = await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(options, Cancel));

            Assert.StartsWith($"{options.Endpoint}: ", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("no answer within", error.Message, StringComparison.Ordinal);
        }
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resetting);
    }

    private static async Task ResetAllAsync(TcpListener listener, CancellationToken cancel)
    {
        while (true)
        {
            using var client = await listener.AcceptSocketAsync(cancel);
            client.LingerState = new LingerOption(true, 0);
        }
    }

    [Fact]
    public async Task Connect_PeerSaysNothing_TimesOut()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = Options(((IPEndPoint)listener.LocalEndpoint).Port, Node) with
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(100),
        };

        var error = await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(options, Cancel));

        Assert.Contains("no answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_NobodyListens_SaysWhere()
    {
        var options = Options(port: 1, Node);

        var error = await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(options, Cancel));

        Assert.Contains("localhost:1", error.Message, StringComparison.Ordinal);
        Assert.Contains("refused", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Connect_KeyFileMissing_NamesIt()
    {
        var options = Options(port: 1, Node) with { KeyFile = _folder.File("absent.key") };

        var error = await Assert.ThrowsAsync<MqttException>(() => MqttConnection.ConnectAsync(options, Cancel));

        Assert.Contains("absent.key", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task Publish_BrokerKilled_FailsAndClosesWithReason()
    {
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);

        await broker.KillAsync();
        var reason = await node.Closed.WaitAsync(Cancel);

        Assert.Contains($"localhost:{broker.Port}", reason.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MqttException>(() => PublishAsync(node, Topics.Event(Node)));
        Assert.False(await node.Received.WaitToReadAsync(Cancel));
    }

    [BrokerFact]
    public async Task Connect_AfterBrokerWasKilledAndRestarted_Works()
    {
        await using var broker = await StartBrokerAsync();
        await using (var node = await ConnectAsync(broker, Node))
        {
            await broker.KillAsync();
            await node.Closed.WaitAsync(Cancel);
        }
        await broker.StartAsync();

        await using var again = await ConnectAsync(broker, Node);

        Assert.Equal(MqttReason.NoMatchingSubscribers, await PublishAsync(again, Topics.Event(Node)));
    }

    [BrokerFact]
    public async Task Publish_ManyAtOnceBeyondTheWindow_AllAreAnswered()
    {
        await using var broker = await StartBrokerAsync();
        await using var center = await ConnectAsync(broker, MosquittoBroker.Center);
        await center.SubscribeAsync(Topics.AllEvents, 1, Cancel);
        await using var node = await MqttConnection.ConnectAsync(
            Options(broker, Node) with { MaxInFlight = 8 }, Cancel);

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => PublishAsync(node, Topics.Event(Node))));

        Assert.All(answers, a => Assert.Equal(MqttReason.Success, a));
        for (var i = 0; i < 500; i++) await center.Received.ReadAsync(Cancel);
    }

    [BrokerFact]
    public async Task Receive_ReaderBehind_TheBrokerHoldsTheRest()
    {
        await using var broker = await StartBrokerAsync();
        var options = Options(broker, MosquittoBroker.Center) with { MaxReceived = 3 };
        await using var center = await MqttConnection.ConnectAsync(options, Cancel);
        await center.SubscribeAsync(Topics.AllEvents, 1, Cancel);
        await center.SubscribeAsync(Topics.AllStatus, 0, Cancel);
        await using var node = await ConnectAsync(broker, Node);

        for (var i = 0; i < 6; i++)
            await node.PublishAsync(Topics.Event(Node), new[] { (byte)i }, 1, retain: false, Cancel);
        await PublishAsync(node, Topics.Status(Node)); // at QoS 0 it comes at once, behind what the broker has sent
        var first = new List<MqttMessage>();
        for (var isStatus = false; !isStatus; isStatus = first[^1].Topic == Topics.Status(Node))
            first.Add(await center.Received.ReadAsync(Cancel));
        Assert.Equal(3 + 1, first.Count);

        // What is done with makes room; none is lost, and their order stays.
        foreach (var message in first) message.Acknowledge();
        for (var i = 3; i < 6; i++)
        {
            var message = await center.Received.ReadAsync(Cancel);
            Assert.Equal([(byte)i], message.Payload);
            message.Acknowledge();
        }
        Assert.Equal(0, center.DroppedMessages);
    }

    [BrokerFact]
    public async Task Receive_ReaderBehindAtQos0_DropsAndCounts()
    {
        await using var broker = await StartBrokerAsync();
        var options = Options(broker, MosquittoBroker.Center) with { MaxReceived = 3 };
        await using var center = await MqttConnection.ConnectAsync(options, Cancel);
        await center.SubscribeAsync(Topics.AllEvents, 0, Cancel);
        await using var node = await ConnectAsync(broker, Node);

        for (var i = 0; i < 8; i++) await PublishAsync(node, Topics.Event(Node));
        while (center.DroppedMessages + center.Received.Count < 8) await Task.Delay(5, Cancel);

        // Twice the three.
        Assert.Equal((2, 6), (center.DroppedMessages, center.Received.Count));
    }

    /// <summary>The library makes room for whatever length a packet claims, before its first byte is there.</summary>
    [Theory]
    [InlineData(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0x7F })] // the longest of the standard: 268,435,455
    [InlineData(new byte[] { 0x32, 0x81, 0x88, 0x04 })] // one byte more than allowed: 66,561
    public async Task Receive_PacketThatClaimsToBeLongerThanAllowed_EndsTheConnection(byte[] head)
    {
        await using var broker = new ScriptedBroker(IssueBroker());
        var welcome = broker.WelcomeAsync([], Cancel);
        await using var node = await MqttConnection.ConnectAsync(Options(broker.Port, Node), Cancel);
        await welcome;

        await broker.WriteAsync(head, Cancel);
        var reason = await node.Closed.WaitAsync(Cancel);

        Assert.Contains("where 66560 are allowed", reason.Message, StringComparison.Ordinal);
    }

    /// <summary>What the broker is told: MQTT 5.0, 3.1.2.11.3 (Receive Maximum, 0x21) and 3.1.2.11.4 (Maximum Packet Size,
    /// 0x27). Acknowledgments come in the order of arrival (4.6.0-2), and a broker that goes on without them is cut.</summary>
    [Fact]
    public async Task Receive_AcknowledgedInAnotherOrder_IsToldInThatOfArrival()
    {
        await using var broker = new ScriptedBroker(IssueBroker());
        var welcome = broker.WelcomeAsync([], Cancel);
        await using var node = await MqttConnection.ConnectAsync(
            Options(broker.Port, Node) with { MaxReceived = 3, MaxReceivedBytes = 2 }, Cancel);
        Assert.Contains("21-00-03-27-00-00-04-02", BitConverter.ToString(await welcome), StringComparison.Ordinal);

        // One byte each: 3 x 2 bytes may be under way.
        for (var id = 1; id <= 6; id++) await broker.PublishAsync(Topics.Command(Node), id, Cancel);
        var received = new List<MqttMessage>();
        for (var i = 0; i < 6; i++) received.Add(await node.Received.ReadAsync(Cancel));
        foreach (var i in (int[])[2, 1, 5, 0]) received[i].Acknowledge();
        for (var id = 1; id <= 3; id++)
        {
            var (type, body) = await broker.ReadAsync(Cancel);
            Assert.Equal((ScriptedBroker.PublishAck, id), (type, body[1]));
        }
        // Three are left: three more are no fault, and the fourth is.
        for (var id = 7; id <= 9; id++) await broker.PublishAsync(Topics.Command(Node), id, Cancel);
        for (var i = 0; i < 3; i++) await node.Received.ReadAsync(Cancel);
        Assert.False(node.Closed.IsCompleted);
        await broker.PublishAsync(Topics.Command(Node), 10, Cancel);

        Assert.Contains("7 bytes unacknowledged, where 6", (await node.Closed.WaitAsync(Cancel)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_BrokerThatTakesThreeAtATime_IsSentNoMore()
    {
        var time = new FakeTimeProvider(Clocks.Begin);
        await using var broker = new ScriptedBroker(IssueBroker());
        var welcome = broker.WelcomeAsync([0x21, 0, 3], Cancel); // Receive Maximum
        await using var node = await MqttConnection.ConnectAsync(Options(broker.Port, Node) with { Time = time }, Cancel);
        await welcome;

        var answers = Enumerable.Range(0, 5).Select(_ => PublishAsync(node, Topics.Event(Node))).ToArray();
        var sent = new List<int>();
        for (var i = 0; i < 3; i++) sent.Add(Id((await broker.ReadAsync(Cancel)).Body));
        // Packets stay in order: what comes before the question was sent before it.
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(ScriptedBroker.PingRequest, (await broker.ReadAsync(Cancel)).Type);
        foreach (var id in sent) await broker.WriteAsync(ScriptedBroker.PublishAck << 4, [(byte)(id >> 8), (byte)id], Cancel);

        Assert.Equal(ScriptedBroker.Publish, (await broker.ReadAsync(Cancel)).Type);
        Assert.Equal(ScriptedBroker.Publish, (await broker.ReadAsync(Cancel)).Type);
        await Task.WhenAll(answers[..3]);
    }

    private static int Id(byte[] publish)
    {
        var at = 2 + ((publish[0] << 8) | publish[1]);
        return (publish[at] << 8) | publish[at + 1];
    }

    /// <summary>The system takes what is written for as long as it has room: a line that only writes looks alive.</summary>
    [Fact]
    public async Task Watch_NothingHeardWhileItWrites_AsksAfter10SecondsAndEndsAfter20()
    {
        var time = new FakeTimeProvider(Clocks.Begin);
        await using var broker = new ScriptedBroker(IssueBroker());
        var welcome = broker.WelcomeAsync([], Cancel);
        await using var node = await MqttConnection.ConnectAsync(Options(broker.Port, Node) with { Time = time }, Cancel);
        await welcome;

        for (var second = 0; second < 9; second += 3)
        {
            await node.PublishAsync(Topics.Event(Node), "x"u8.ToArray(), 0, retain: false, Cancel);
            time.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal(ScriptedBroker.Publish, (await broker.ReadAsync(Cancel)).Type); // and no question before it
        }
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ScriptedBroker.PingRequest, (await broker.ReadAsync(Cancel)).Type);
        Assert.False(node.Closed.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Contains("no answer for 10 s", (await node.Closed.WaitAsync(Cancel)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_QuietLineWithAnswers_AsksOnceEach10SecondsAndStays()
    {
        var time = new FakeTimeProvider(Clocks.Begin);
        await using var broker = new ScriptedBroker(IssueBroker());
        var welcome = broker.WelcomeAsync([], Cancel);
        await using var node = await MqttConnection.ConnectAsync(Options(broker.Port, Node) with { Time = time }, Cancel);
        await welcome;

        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(ScriptedBroker.PingRequest, (await broker.ReadAsync(Cancel)).Type);
            await broker.WriteAsync(13 << 4, [], Cancel); // PINGRESP
            await broker.PublishAsync(Topics.Ack(Node), id: 0, Cancel);
            await node.Received.ReadAsync(Cancel); // so it has heard the answer before it
        }

        await node.DisposeAsync();
        Assert.Equal(ScriptedBroker.Disconnect, (await broker.ReadAsync(Cancel)).Type); // and no question twice
        Assert.Contains("closed by this side", (await node.Closed).Message, StringComparison.Ordinal);
    }

    private TestPki IssueBroker()
    {
        _pki.Issue("broker", server: true);
        return _pki;
    }

    [BrokerFact]
    public async Task Publish_Canceled_EndsTheWait()
    {
        await using var broker = await StartBrokerAsync();
        await using var node = await ConnectAsync(broker, Node);
        using var canceled = new CancellationTokenSource();
        await canceled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => node.PublishAsync(Topics.Event(Node), "x"u8.ToArray(), 1, retain: false, canceled.Token));
    }

    private Task<MqttReason> PublishAsync(MqttConnection connection, string topic) =>
        connection.PublishAsync(topic, "x"u8.ToArray(), 1, retain: false, Cancel);

    private Task<MosquittoBroker> StartBrokerAsync() => MosquittoBroker.StartAsync(_folder.Path, _pki, Node, Other);

    private Task<MqttConnection> ConnectAsync(MosquittoBroker broker, string name) =>
        MqttConnection.ConnectAsync(Options(broker, name), Cancel);

    private MqttOptions Options(MosquittoBroker broker, string name) => Options(broker.Port, name);

    private MqttOptions Options(int port, string name) => new()
    {
        Host = "localhost",
        Port = port,
        ClientId = name,
        CaFile = _pki.CaFile,
        CertificateFile = _pki.CertificateFile(name),
        KeyFile = _pki.KeyFile(name),
    };
}
