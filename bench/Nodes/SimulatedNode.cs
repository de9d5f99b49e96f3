using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Bench.Nodes;

/// <summary>A node as the center sees it: makes an event every so often, and sends it by the product's own pump, with its window,
/// its packing, its resend and its pauses. What differs: no disk (<see cref="MemoryOutbox"/>), a leaner MQTT client
/// (<see cref="LeanMqtt"/>).</summary>
internal sealed class SimulatedNode
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Events that come faster than this are made some at a time: a timer for each of thousands a second would cost more than
    /// what is measured.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(200);

    private readonly LinkPump _pump;
    private Guid _passage;
    private ILink? _link;

    public SimulatedNode(string name, int port, SslStreamCertificateContext certificate, X509ChainPolicy trust)
    {
        Name = name;
        _pump = new LinkPump(
            Outbox, name, [new EndpointConfig("localhost", port)],
            async (_, cancel) => _link = await LeanLink.DialAsync(port, name, certificate, trust, cancel),
            new LinkOptions(), TimeProvider.System, NullLogger.Instance);
    }

    public string Name { get; }

    public MemoryOutbox Outbox { get; } = new();

    /// <summary>The time between two events.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether it makes events.</summary>
    public bool IsBusy { get; set; }

    public bool IsConnected => _link is { Closed.IsCompleted: false };

    /// <summary>Events given to a connection, each time one is.</summary>
    public long Sent => _pump.Telemetry.SentEvents;

    /// <summary>Events that the center left unacknowledged again and again.</summary>
    public long SetAside => _pump.Telemetry.SetAside;

    /// <summary>Why the line was down last; null while it is up.</summary>
    public string? LastError => _pump.Telemetry.LastError;

    /// <summary>Works until canceled.</summary>
    /// <param name="after">When it connects first.</param>
    public async Task RunAsync(TimeSpan after, CancellationToken cancel)
    {
        await WaitAsync(after, cancel);
        await Task.WhenAll(_pump.RunAsync(cancel), MakeEventsAsync(cancel));
    }

    private async Task MakeEventsAsync(CancellationToken cancel)
    {
        // Spread over the interval, or all nodes would send in the same moment.
        var due = Stopwatch.GetTimestamp() + (long)(Random.Shared.NextDouble() * Interval.TotalSeconds * Stopwatch.Frequency);
        while (!cancel.IsCancellationRequested)
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (wait > TimeSpan.FromMilliseconds(1))
                await WaitAsync(wait < ShortestWait ? ShortestWait : wait < Look ? wait : Look, cancel);
            if (Stopwatch.GetTimestamp() < due) continue;
            due = Math.Max(due, Stopwatch.GetTimestamp() - (2 * Stopwatch.Frequency))
                + (long)(Interval.TotalSeconds * Stopwatch.Frequency);
            if (!IsBusy) continue;
            var id = Guid.CreateVersion7();
            Outbox.Append(id, seq => Event(id, seq));
        }
    }

    private byte[] Event(Guid id, int seq)
    {
        var isNew = seq % 2 == 1;
        if (isNew) _passage = Guid.CreateVersion7();
        return WireJson.Write(new EventEnvelope
        {
            Id = id,
            Node = Name,
            Camera = "gate-1",
            Epoch = Outbox.Epoch,
            Seq = seq,
            At = DateTimeOffset.UtcNow,
            Mono = seq * 1_000_000_000L,
            Kind = EventKind.PlateRead,
            Passage = _passage,
            Phase = isNew ? PassagePhase.New : PassagePhase.End,
            Rev = isNew ? 0 : 1,
            Body = new EventBody
            {
                Plate = new PlateReadBody(
                    "ABC1234", 0.987f, [0.99f, 0.98f, 0.97f, 0.99f, 0.98f, 0.97f, 0.99f], 1, [812, 530, 144, 38],
                    [812, 530, 956, 532, 955, 568, 811, 566], 25 * seq, 4, ["plate-detect 1.0.0", "plate-read 1.0.0"],
                    "letters and number", "pk", [new PlateCandidate("A8C1234", 0.01f)],
                    Reason: isNew ? null : "left"),
            },
        });
    }

    private static async Task WaitAsync(TimeSpan time, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(time, cancel);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token itself.
            return;
        }
    }
}
