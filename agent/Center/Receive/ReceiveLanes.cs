using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>The messages that wait to be stored, in a lane for each node. Lanes are read in turn, one message each, so that a
/// node which sends without end holds up nobody but itself.</summary>
/// <remarks>What waits here is unacknowledged at the broker too, which sends no more than
/// <see cref="MqttOptions.MaxReceived"/> of it. Each lane is bounded, so that one node can't use all of that: what does not fit
/// is dropped and counted; it is acknowledged to the broker but not to its node, which sends it again. Of a node's statuses only
/// the newest waits, and it is never dropped: a status is not sent again.</remarks>
internal sealed class ReceiveLanes(ILogger log, TimeProvider time) : ChannelReader<MqttMessage>
{
    /// <summary>Five windows of a node's line (64 kB are about 90 events), so a well-behaved node never reaches this
    /// limit.</summary>
    public const int MaxMessages = 512;

    /// <summary>512 chunks of crops (4 kB each).</summary>
    public const long MaxLaneBytes = 2 << 20;

    /// <summary>64 nodes with full lanes. If more nodes than that are active, they share it.</summary>
    public const long MaxBytes = 128 << 20;

    /// <summary>Every node may have one message of the largest size: 5,000 of these are 320 MB, if all nodes are hostile at
    /// once.</summary>
    public const long MinShare = WireJson.MaxMessageBytes;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Queue<Lane> _turns = new();
    private readonly Throttle _drops = new(time, Throttle.OneSecond);
    private TaskCompletionSource<bool>? _waiting;
    private bool _completed;
    private long _bytes;

    /// <summary>Messages that did not fit into their lane.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bytes that are waiting.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>Takes from <paramref name="source"/> until that is completed and empty; then this is completed too.</summary>
    public async Task FillAsync(ChannelReader<MqttMessage> source, CancellationToken cancel)
    {
        try
        {
            while (await source.WaitToReadAsync(cancel))
            {
                while (source.TryRead(out var message)) Add(message);
            }
        }
        finally
        {
            Complete();
        }
    }

    public void Add(MqttMessage message)
    {
        // Other topics come only from a broker whose access list isn't ours; they share a lane.
        var node = Topics.NodeOf(message.Topic) ?? "";
        TaskCompletionSource<bool>? wake;
        lock (_gate)
        {
            if (!_lanes.TryGetValue(node, out var lane)) _lanes.Add(node, lane = new Lane());
            var isStatus = message.Topic == Topics.Status(node);
            if (isStatus)
            {
                lane.Status?.Acknowledge();
                lane.Status = message;
            }
            else if (!Takes(lane, message.Payload.Length))
            {
                message.Acknowledge();
                Drop(node);
                return;
            }
            else
            {
                lane.Messages.Enqueue(message);
                lane.Bytes += message.Payload.Length;
                _bytes += message.Payload.Length;
            }
            if (!lane.HasTurn)
            {
                lane.HasTurn = true;
                _turns.Enqueue(lane);
            }
            (wake, _waiting) = (_waiting, null);
        }
        wake?.TrySetResult(true);
    }

    public override bool TryRead(out MqttMessage item)
    {
        lock (_gate)
        {
            if (!_turns.TryDequeue(out var lane))
            {
                item = default;
                return false;
            }
            if (lane.Status is { } status)
            {
                (item, lane.Status) = (status, null);
            }
            else
            {
                item = lane.Messages.Dequeue();
                lane.Bytes -= item.Payload.Length;
                _bytes -= item.Payload.Length;
            }
            lane.HasTurn = lane.Messages.Count > 0 || lane.Status is not null;
            if (lane.HasTurn) _turns.Enqueue(lane);
            return true;
        }
    }

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_turns.Count > 0) return new ValueTask<bool>(true);
            if (_completed) return new ValueTask<bool>(false);
            _waiting ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask<bool>(_waiting.Task.WaitAsync(cancellationToken));
        }
    }

    private void Complete()
    {
        TaskCompletionSource<bool>? wake;
        lock (_gate)
        {
            _completed = true;
            (wake, _waiting) = (_waiting, null);
            wake?.TrySetResult(_turns.Count > 0);
        }
    }

    private bool Takes(Lane lane, int bytes)
    {
        var share = Math.Clamp(MaxBytes / (_turns.Count + 1), MinShare, MaxLaneBytes);
        return lane.Messages.Count < MaxMessages && (lane.Messages.Count == 0 || lane.Bytes + bytes <= share);
    }

    private void Drop(string node)
    {
        Dropped++;
        if (_drops.Add() is > 0 and var count) ReceiveLog.Dropped(log, count, PlainText.Of(node, 63));
    }

    private sealed class Lane
    {
        public Queue<MqttMessage> Messages { get; } = new();
        public MqttMessage? Status { get; set; }
        public long Bytes { get; set; }
        public bool HasTurn { get; set; }
    }
}
