using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Picket.Center.Broker;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Broker;

/// <summary>One connection without a session behind it: what is read while nothing is stored.</summary>
public sealed class NodeConnectionTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(1));
    private readonly TempFolder _temp = new();
    private readonly Channel<MqttMessage> _delivered = Channel.CreateUnbounded<MqttMessage>();
    private readonly List<string> _cuts = [];
    private NodeConnection _connection = null!;
    private SslStream _node = null!;
    private long _waiting;
    private long _mostWaiting;

    private CancellationToken Cancel => _limit.Token;

    // A list that changes is held against connections that may end in that very moment.
    [Fact]
    public void Dispose_Connection_KeepsWhoItWas()
    {
        var (serial, certificate) = (_connection.Serial, _connection.ClientCertificate.RawData);

        _connection.Dispose();

        Assert.Equal(serial, _connection.Serial);
        Assert.Equal(certificate, _connection.ClientCertificate.RawData);
        Assert.NotEmpty(serial);
    }

    public async Task InitializeAsync()
    {
        var pki = new TestPki(_temp.File("pki"));
        pki.Issue("broker", server: true);
        pki.Issue("gate-1");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, Cancel);
        _node = new SslStream(new NetworkStream(socket, ownsSocket: true));
        _connection = new NodeConnection(
            await listener.AcceptSocketAsync(Cancel), new BrokerLimits { Unacknowledged = 5 }, Deliver, (_, why) => _cuts.Add(why),
            TimeProvider.System);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(pki.CaFile);
        await Task.WhenAll(
            _connection.AuthenticateAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = X509Certificate2.CreateFromPemFile(pki.CertificateFile("broker"), pki.KeyFile("broker")),
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    CertificateChainPolicy = trust.Clone(),
                },
                Cancel),
            _node.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    EnabledSslProtocols = SslProtocols.Tls13,
                    CertificateChainPolicy = trust,
                    ClientCertificates =
                        [X509Certificate2.CreateFromPemFile(pki.CertificateFile("gate-1"), pki.KeyFile("gate-1"))],
                },
                Cancel));
        await _node.WriteAsync(MqttBytes.Connect("somebody else"), Cancel);
        await _connection.ReceivePacketAsync(Cancel);
        _connection.LetIn(new NodeRate(new BrokerLimits(), TimeProvider.System));
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _connection.Dispose();
        _temp.Dispose();
        _limit.Dispose();
    }

    // Three of 20 kB are its share (64 kB); the fourth waits until one of them is stored.
    [Fact]
    public async Task Receive_MoreThanItsShareWhileNothingIsStored_WaitsForIt()
    {
        const int Messages = 20;
        var reading = _connection.ReceivePacketAsync(Cancel);
        var sending = Task.Run(
            async () =>
            {
                for (ushort id = 1; id <= Messages; id++)
                    await _node.WriteAsync(MqttBytes.Publish(Topics.Event("gate-1"), new byte[20_000], id), Cancel);
            },
            Cancel);
        for (var i = 1; i <= Messages; i++)
        {
            var message = await _delivered.Reader.ReadAsync(Cancel);
            if (i % 3 == 0) await Task.Yield(); // whoever reads too far has its chance
            Interlocked.Add(ref _waiting, -message.Payload.Length);
            message.Acknowledge();
            Assert.Equal([0x40, 2, 0, (byte)i], await ReadAsync(4));
        }
        await sending;
        Assert.InRange(Interlocked.Read(ref _mostWaiting), 1, new BrokerLimits().WaitingBytes);
        Assert.False(reading.IsCompleted);
        Assert.Empty(_cuts);
    }

    [Fact]
    public async Task Receive_MoreThanItWasTold_IsCut()
    {
        for (ushort id = 1; id <= 6; id++) await _node.WriteAsync(MqttBytes.Publish(Topics.Event("gate-1"), [1], id), Cancel);
        Assert.Null(await _connection.ReceivePacketAsync(Cancel));
        Assert.Contains("5 messages", Assert.Single(_cuts));
        Assert.Equal(5, _delivered.Reader.Count);
        // DISCONNECT with reason 0x93, receive maximum exceeded (MQTT 5.0, section 3.14.2.1).
        Assert.Equal([0xE0, 2, 0x93, 0], await ReadAsync(4));
    }

    // Each that is acknowledged makes room for another, and those that are denied count as well.
    [Fact]
    public async Task Receive_AsManyAsItWasToldAtATime_GoesOn()
    {
        var reading = _connection.ReceivePacketAsync(Cancel);
        for (ushort id = 1; id <= 50; id++)
        {
            var isDenied = id % 2 == 0;
            await _node.WriteAsync(MqttBytes.Publish(isDenied ? Topics.Event("gate-2") : Topics.Event("gate-1"), [1], id), Cancel);
            if (!isDenied) (await _delivered.Reader.ReadAsync(Cancel)).Acknowledge();
            byte[] expected = isDenied ? [0x40, 4, 0, (byte)id, 0x87, 0] : [0x40, 2, 0, (byte)id];
            Assert.Equal(expected, await ReadAsync(expected.Length));
        }
        Assert.False(reading.IsCompleted);
    }

    // What it has not subscribed to, and what it does not read, is thrown away by bytes.
    [Fact]
    public void Send_NodeThatReadsNothing_HoldsABoundedNumberOfBytes()
    {
        var topic = Topics.Ack("gate-1");
        Assert.False(_connection.Send(topic, [1]));
        _connection.Subscribe(topic);
        var taken = 0L;
        for (var i = 0; i < 1000; i++)
            if (_connection.Send(topic, new byte[64_000])) taken += 64_000;
        Assert.InRange(taken, 64_000, 16 << 20); // the queue, and what sockets on this machine take
        _connection.Unsubscribe(topic);
        Assert.False(_connection.Send(topic, [1]));
    }

    private void Deliver(MqttMessage message)
    {
        var now = Interlocked.Add(ref _waiting, message.Payload.Length);
        _mostWaiting = Math.Max(_mostWaiting, now);
        _delivered.Writer.TryWrite(message);
    }

    private async Task<byte[]> ReadAsync(int bytes)
    {
        var read = new byte[bytes];
        await _node.ReadExactlyAsync(read, Cancel);
        return read;
    }
}
