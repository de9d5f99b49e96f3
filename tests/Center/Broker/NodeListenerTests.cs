using System.Net;
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
}
