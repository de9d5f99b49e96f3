using System.Net;
using System.Net.Sockets;
using Picket.Center.Broker;
using Picket.Tests.Center;
using Picket.Tests.Support;

namespace Picket.Tests.Attacks;

/// <summary>What somebody without a certificate may try at a center that is its own broker: to keep its places.</summary>
public sealed class StrangersTests : IAsyncLifetime
{
    private static readonly BrokerLimits Limits = new()
    {
        Strangers = 6,
        StrangersPerAddress = 4,
        Introduction = TimeSpan.FromSeconds(3),
    };

    /// <summary>The beginning of a handshake (RFC 8446, section 5.1): a record of 512 bytes that never come.</summary>
    private static readonly byte[] HalfHandshake = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3];

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private readonly TestSite _site = TestSite.OfOneProgram();
    private RunningCenter _center = null!;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync()
    {
        _center = new RunningCenter(_site.Folder, mosquitto: null, limits: Limits);
        await _center.LinkAsync(Cancel);
    }

    public async Task DisposeAsync()
    {
        await _center.DisposeAsync();
        await _site.DisposeAsync();
        _limit.Dispose();
    }

    // Four keep their places without a word, the fifth gets none; when the four have had their time, a node gets in.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connect_WithoutAWord_HasAPlaceForAWhileAndFewOfThem(bool isHalf)
    {
        var silent = new List<TcpClient>();
        for (var i = 0; i < Limits.StrangersPerAddress; i++)
        {
            silent.Add(await ConnectAsync());
            if (isHalf) await silent[i].GetStream().WriteAsync(HalfHandshake, Cancel);
        }
        using (var fifth = await ConnectAsync()) await AssertEndsAsync(fifth);
        await _center.LoggedAsync("no place", Cancel);
        foreach (var one in silent) await AssertEndsAsync(one);
        await _center.LoggedAsync("it does not say who it is", Cancel);

        await using var node = await _site.JoinAsync("honest", Cancel);
        Assert.False(node.Closed.IsCompleted);
    }

    // With a certificate, but without CONNECT: a stranger as well.
    [Fact]
    public async Task Handshake_WithoutConnect_HasAPlaceForAWhile()
    {
        _site.Sign("silent");
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(
            _site.CertificateFile("silent"), _site.KeyFile("silent"));
        await using var raw = await RawMqtt.OpenAsync(_site.Port, _site.Folder.CaCertificate, certificate, Cancel);
        Assert.Empty(await raw.ReadToEndAsync(Cancel));
        await _center.LoggedAsync("it does not say who it is", Cancel);
    }

    // Nodes that are in are no strangers: more of them than strangers have places.
    [Fact]
    public async Task Connect_MoreNodesThanStrangersHavePlaces_AreAllIn()
    {
        var nodes = new List<Picket.Mqtt.MqttConnection>();
        for (var i = 0; i < Limits.Strangers + 2; i++) nodes.Add(await _site.JoinAsync($"node-{i}", Cancel));
        Assert.DoesNotContain(nodes, node => node.Closed.IsCompleted);
        foreach (var node in nodes) await node.DisposeAsync();
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _site.Port, Cancel);
        return socket;
    }

    private async Task AssertEndsAsync(TcpClient socket)
    {
        try
        {
            Assert.Equal(0, await socket.GetStream().ReadAsync(new byte[16], Cancel));
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            // Reset, which is an end as well.
            return;
        }
    }
}
