using System.Buffers;
using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Picket.Wire;

namespace Picket.Bench.Nodes;

/// <summary>A node as the center sees it: makes an event every so often, keeps it until the center's ack, sends it again
/// after ten seconds without one or on a new connection, says what it holds and sends that again when asked.</summary>
internal sealed class SimulatedNode(
    string name, int port, SslStreamCertificateContext certificate, X509ChainPolicy trust)
{
    /// <summary>As the real node's.</summary>
    private static readonly TimeSpan AckTimeout = TimeSpan.FromSeconds(10);

    /// <summary>As the real node's, which spreads its tries over this.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>As the real node's: 64 kB under way, then it waits for acks.</summary>
    private const int WindowBytes = 64 * 1024;

    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly Lock _gate = new();
    private readonly List<Sent> _events = [];
    private readonly Dictionary<Guid, Sent> _open = [];
    private readonly List<float> _latencies = [];
    private readonly string _topic = Topics.Event(name);
    private int _next;
    private int _underWay;
    private LeanMqtt? _connection;
    private Guid _passage;
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name { get; } = name;

    /// <summary>The time between two events.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether it makes events.</summary>
    public bool IsBusy { get; set; }

    public bool IsConnected => _connection is not null;

    public long Resent { get; private set; }

    /// <summary>When an event that was made after <see cref="Mark"/> was first acknowledged, or null.</summary>
    public long? AckedAfterMark { get; private set; }

    /// <summary>Stopwatch's time.</summary>
    public long Mark { get; set; } = long.MaxValue;

    public int Made
    {
        get
        {
            lock (_gate) return _events.Count;
        }
    }

    public int Open
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    public IReadOnlyList<Guid> Ids
    {
        get
        {
            lock (_gate) return [.. _events.Select(sent => sent.Id)];
        }
    }

    /// <summary>Milliseconds from an event's making to its ack; empties it.</summary>
    public float[] TakeLatencies()
    {
        lock (_gate)
        {
            var taken = _latencies.ToArray();
            _latencies.Clear();
            return taken;
        }
    }

    /// <summary>Works until canceled.</summary>
    /// <param name="after">When it connects first.</param>
    public async Task Run(TimeSpan after, CancellationToken cancel)
    {
        await Wait(after, cancel);
        await Task.WhenAll(KeepConnected(cancel), MakeEvents(cancel));
    }

    private async Task MakeEvents(CancellationToken cancel)
    {
        // Spread over the interval, or all nodes would send in the same moment.
        var due = Stopwatch.GetTimestamp() + (long)(Random.Shared.NextDouble() * Stopwatch.Frequency);
        while (!cancel.IsCancellationRequested)
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (wait > TimeSpan.FromMilliseconds(1)) await Wait(wait < Look ? wait : Look, cancel);
            if (Stopwatch.GetTimestamp() < due) continue;
            due = Math.Max(due, Stopwatch.GetTimestamp() - (2 * Stopwatch.Frequency))
                + (long)(Interval.TotalSeconds * Stopwatch.Frequency);
            if (!IsBusy) continue;
            Make();
            Wake();
        }
    }

    private void Make()
    {
        lock (_gate)
        {
            var seq = _events.Count + 1;
            var isNew = seq % 2 == 1;
            if (isNew) _passage = Guid.CreateVersion7();
            var id = Guid.CreateVersion7();
            var now = DateTimeOffset.UtcNow;
            var payload = WireJson.Write(new EventEnvelope
            {
                Id = id,
                Node = Name,
                Camera = "gate-1",
                Epoch = _epoch,
                Seq = seq,
                At = now,
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
            var sent = new Sent(id, payload, Stopwatch.GetTimestamp());
            _events.Add(sent);
            _open.Add(id, sent);
        }
    }

    private async Task KeepConnected(CancellationToken cancel)
    {
        var pause = TimeSpan.FromMilliseconds(500);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await using var connection = await LeanMqtt.Connect(
                    port, Name, certificate, trust, [Topics.Ack(Name), Topics.Command(Name)], cancel);
                pause = TimeSpan.FromMilliseconds(500);
                await TellStatus(connection, cancel);
                SendAgain();
                _connection = connection;
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                var sending = Send(connection, ended.Token);
                var reading = connection.Read(Take, ended.Token);
                await Task.WhenAny(sending, reading);
                await ended.CancelAsync();
                await Task.WhenAll(sending, reading);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // As a broker that is killed ends it; what was under way is sent again.
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            finally
            {
                _connection = null;
            }
            await Wait(pause * Random.Shared.NextDouble(), cancel);
        }
    }

    private Task TellStatus(LeanMqtt connection, CancellationToken cancel)
    {
        int high;
        lock (_gate) high = _events.Count;
        var status = new NodeStatus(EventEnvelope.SchemaVersion, true, [new HeldRange(_epoch, 1, high)]);
        return connection.Publish(Topics.Status(Name), WireJson.Write(status), retain: true, cancel);
    }

    private void SendAgain()
    {
        lock (_gate)
        {
            Resent += _open.Values.Count(sent => sent.SentAt > 0);
            foreach (var sent in _open.Values) sent.SentAt = 0;
            (_next, _underWay) = (0, 0);
        }
    }

    private async Task Send(LeanMqtt connection, CancellationToken cancel)
    {
        while (true)
        {
            var room = Volatile.Read(ref _room).Task;
            if (NextToSend() is { } sent)
            {
                await connection.Publish(_topic, sent.Payload, retain: false, cancel);
                continue;
            }
            await Task.WhenAny(room, Task.Delay(Look, cancel));
            cancel.ThrowIfCancellationRequested();
            SendTimedOut();
        }
    }

    private Sent? NextToSend()
    {
        lock (_gate)
        {
            while (_next < _events.Count && (_events[_next].SentAt > 0 || !_open.ContainsKey(_events[_next].Id))) _next++;
            if (_next >= _events.Count || _underWay >= WindowBytes) return null;
            var sent = _events[_next++];
            sent.SentAt = Stopwatch.GetTimestamp();
            _underWay += sent.Payload.Length;
            return sent;
        }
    }

    private void SendTimedOut()
    {
        lock (_gate)
        {
            foreach (var sent in _open.Values)
            {
                if (sent.SentAt == 0 || Stopwatch.GetElapsedTime(sent.SentAt) < AckTimeout) continue;
                sent.SentAt = 0;
                _underWay -= sent.Payload.Length;
                _next = 0;
                Resent++;
            }
        }
    }

    private void Take(string topic, ReadOnlySequence<byte> payload)
    {
        var bytes = payload.ToArray();
        if (topic == Topics.Ack(Name) && WireJson.TryReadAck(bytes, out _) is { } ack) TakeAck(ack);
        else if (topic == Topics.Command(Name) && WireJson.TryReadCommand(bytes, out _) is { Ranges: { } ranges })
            TakeRanges(ranges);
        Wake();
    }

    private void TakeAck(Ack ack)
    {
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            foreach (var id in ack.Ids)
            {
                if (!_open.Remove(id, out var sent)) continue;
                if (sent.SentAt > 0) _underWay -= sent.Payload.Length;
                _latencies.Add((float)Stopwatch.GetElapsedTime(sent.MadeAt, now).TotalMilliseconds);
                if (sent.MadeAt > Mark) AckedAfterMark ??= now;
            }
        }
    }

    private void TakeRanges(EpochRange[] ranges)
    {
        lock (_gate)
        {
            foreach (var range in ranges.Where(range => range.Epoch == _epoch))
            {
                for (var seq = range.From; seq <= Math.Min(range.To, _events.Count); seq++)
                {
                    var sent = _events[(int)seq - 1];
                    if (_open.TryAdd(sent.Id, sent)) sent.SentAt = 0;
                }
            }
            _next = 0;
        }
    }

    private void Wake() => Interlocked.Exchange(
        ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private static async Task Wait(TimeSpan time, CancellationToken cancel)
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

    private sealed class Sent(Guid id, byte[] payload, long madeAt)
    {
        public Guid Id { get; } = id;
        public byte[] Payload { get; } = payload;
        public long MadeAt { get; } = madeAt;

        /// <summary>0 while it is not under way.</summary>
        public long SentAt { get; set; }
    }
}
