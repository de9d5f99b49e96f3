using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Center.Broker;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Broker;

public sealed class NodeListenerTests : IDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(1));

    public void Dispose() => _limit.Dispose();

    /// <summary>The turns cut off who is shut out: one that fails must not be the last.</summary>
    [Fact]
    public async Task Turn_Fails_IsFollowedByTheNext()
    {
        var time = new FakeTimeProvider(Clocks.Begin);
        var turns = 0;
        void Turn()
        {
            if (Interlocked.Increment(ref turns) == 1) throw new InvalidOperationException("a fault of the list");
        }
        using var listener = new NodeListener(
            new IPEndPoint(IPAddress.Loopback, 0), new BrokerLimits(), null!,
            _ => throw new InvalidOperationException("nobody connects"), Turn, NullLogger.Instance, time);
        listener.Listen();
        await listener.StartAsync(null!, null!);

        while (Volatile.Read(ref turns) < 3)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, _limit.Token);
        }

        await listener.StopAsync();
    }

    /// <summary>After a standstill, who gave up waiting has come again; a handshake with what was left behind would keep him
    /// waiting.</summary>
    [Fact]
    public async Task Accept_WhoHasGoneMeanwhile_GetsNoHandshake()
    {
        var at = new IPEndPoint(IPAddress.Loopback, MosquittoBroker.FreePort());
        var opened = new ConcurrentQueue<EndPoint>();
        NodeConnection Open(Socket socket)
        {
            opened.Enqueue(socket.RemoteEndPoint!);
            throw new SocketException((int)SocketError.ConnectionReset); // enough seen
        }
        using var listener = new NodeListener(
            at, new BrokerLimits(), null!, Open, () => { }, NullLogger.Instance, TimeProvider.System);
        listener.Listen();
        for (var i = 0; i < 20; i++)
        {
            using var gone = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await gone.ConnectAsync(at, _limit.Token);
            await gone.SendAsync(new byte[100], _limit.Token); // as the beginning of a handshake
        }
        using var there = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await there.ConnectAsync(at, _limit.Token);

        await listener.StartAsync(null!, null!);
        while (!opened.Contains(there.LocalEndPoint!)) await Task.Delay(5, _limit.Token);

        Assert.Equal([there.LocalEndPoint!], opened);
        await listener.StopAsync();
    }
}
