using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Picket.Center.Store;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>The path of a message: check it, commit many at once, acknowledge to the node and to the broker, then print and show
/// what is new.</summary>
/// <remarks>Whatever goes wrong with what one node sent costs only that node: it is logged with the node's name, and the rest
/// of the batch is stored.</remarks>
/// <param name="isOurs">Whether a node is on this site's list: statuses of others are not believed. Null for all.</param>
internal sealed class Inbox(
    CenterStore store, CenterState state, AlertPrinter printer, ILogger log, TimeProvider time,
    Func<string, bool>? isOurs = null)
{
    /// <summary>A commit of 500 takes 12 ms on an SSD: a synced commit for every message would be 70 times slower.</summary>
    private const int MaxBatch = 500;

    public NodeBudgets Budgets { get; init; } = new(time);

    private readonly CropAssembly _crops = new(time);
    private readonly StoreAttempts _attempts = new(store, log, time);
    private readonly LogThrottle _refusals = new(time);
    private readonly LogThrottle _faults = new(time);
    private readonly LogThrottle _gaps = new(time);
    private readonly LogThrottle _conflicts = new(time);
    private readonly LogThrottle _copies = new(time);
    private readonly LogThrottle _setBacks = new(time);
    private readonly List<MqttMessage> _taken = [];
    private readonly List<ReceivedEvent> _events = [];
    private readonly List<ReceivedCrop> _wholeCrops = [];
    private readonly List<(string Node, Guid Id)> _storedCrops = [];

    /// <summary>Events that came packed are acknowledged by number: their node understands numbers, and they are short.</summary>
    private readonly Dictionary<(string Node, Guid Id), (Guid Epoch, long Seq)> _packed = [];

    /// <summary>Messages of this batch that no center will ever take.</summary>
    private readonly List<(string Node, AckRefusal Refusal)> _refused = [];
    private bool _printFailed;

    /// <summary>Works until <paramref name="received"/> is completed and empty.</summary>
    /// <param name="acknowledge">Sends an ack; called only for what is committed.</param>
    /// <exception cref="PicketException">The database can't be worked with any more.</exception>
    public async Task RunAsync(ChannelReader<MqttMessage> received, Func<Ack, Task> acknowledge, CancellationToken cancel)
    {
        // The broker takes the acks of one batch while the next is checked and committed.
        var acks = Task.CompletedTask;
        while (await received.WaitToReadAsync(cancel))
        {
            for (var taken = 0; taken < MaxBatch && _events.Count < MaxBatch && _refused.Count < MaxBatch
                && received.TryRead(out var message); taken++)
            {
                _taken.Add(message);
                await TakeOrTellAsync(message, cancel);
            }
            var result = await CommitAsync(cancel);
            var outgoing = Acks(result.Acknowledged.Concat(_storedCrops)).ToArray();
            // Only now may the broker forget them and send as many others.
            foreach (var message in _taken) message.Acknowledge();
            Clear();
            // Acks are sent before anything is printed: a stalled terminal holds up no node. What is stored is printed even if
            // the acks fail with their connection: it would come again as a duplicate, which is not printed.
            var before = acks;
            acks = SendAsync(before, outgoing, acknowledge);
            Report(result);
            await before;
        }
        await acks;
    }

    private static async Task SendAsync(Task before, Ack[] acks, Func<Ack, Task> acknowledge)
    {
        await before;
        await Task.WhenAll(acks.Select(acknowledge).ToArray());
    }

    private async Task<CommitResult> CommitAsync(CancellationToken cancel)
    {
        try
        {
            return await CommitAsync(_events, _wholeCrops, cancel);
        }
        catch (Exception e) when (IsOfContent(e))
        {
            return await CommitApartAsync(cancel);
        }
    }

    private ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<ReceivedEvent> events, IReadOnlyList<ReceivedCrop> crops, CancellationToken cancel) =>
        _attempts.RunAsync(() => store.CommitAsync(events, crops, time.GetUtcNow(), cancel), cancel);

    /// <summary>Something in the batch can't be stored: commits each event and crop on its own, so that all others are
    /// stored.</summary>
    private async Task<CommitResult> CommitApartAsync(CancellationToken cancel)
    {
        var sum = CommitResult.Nothing;
        foreach (var one in _events) sum = sum.With(await CommitOneAsync(one.Envelope.Node, [one], []));
        foreach (var one in _wholeCrops) sum = sum.With(await CommitOneAsync(one.Node, [], [one]));
        return sum;

        async Task<CommitResult> CommitOneAsync(string node, ReceivedEvent[] events, ReceivedCrop[] crops)
        {
            try
            {
                return await CommitAsync(events, crops, cancel);
            }
            catch (Exception e) when (IsOfContent(e))
            {
                Tell(node, "what it sent", e);
                return CommitResult.Nothing;
            }
        }
    }

    private bool IsOfContent(Exception e) =>
        store.FaultOf(e) is StoreFault.Content
        || (store.FaultOf(e) is StoreFault.None && e is not (PicketException or OperationCanceledException));

    private async ValueTask TakeOrTellAsync(MqttMessage message, CancellationToken cancel)
    {
        try
        {
            await TakeAsync(message, cancel);
        }
        catch (Exception e) when (IsOfContent(e))
        {
            Tell(Topics.NodeOf(message.Topic) ?? "?", "what it sent", e);
        }
    }

    private void Tell(string node, string what, Exception e)
    {
        state.CountRefused();
        _faults.Add(
            node,
            count => ReceiveLog.NodeFault(log, PlainText.Of(node, 63), what, count, e.GetType().Name, PlainText.Of(e.Message)));
    }

    private async ValueTask TakeAsync(MqttMessage message, CancellationToken cancel)
    {
        var node = Topics.NodeOf(message.Topic);
        if (node is null || !Topics.IsName(node)) Refuse("?", "a topic that no node has");
        // The broker would keep it in memory forever; only the status may be retained.
        else if (message.Retained && message.Topic != Topics.Status(node))
            Refuse(node, "a message that asks to be retained; is this node still ours?");
        else if (message.Topic == Topics.Event(node)) TakeEvents(node, message.Payload);
        else if (message.Topic == Topics.Status(node)) await TakeStatusAsync(node, message, cancel);
        else await TakeChunkAsync(node, message, cancel);
    }

    private void TakeEvents(string node, byte[] payload)
    {
        if (!PackedMessages.IsPacked(payload))
        {
            TakeEvent(node, payload);
            return;
        }
        if (PackedMessages.TryRead(payload, out var error) is not { } messages)
        {
            Refuse(node, error);
            return;
        }
        foreach (var message in messages)
        {
            if (TakeEvent(node, message.Span) is { } packed)
                _packed[(node, packed.Id)] = (packed.Epoch, packed.Seq);
        }
    }

    private EventEnvelope? TakeEvent(string node, ReadOnlySpan<byte> json)
    {
        if (EventCheck.Read(node, json, out var error, out var forGood) is { } received)
        {
            var isAlert = received.Envelope.Kind is EventKind.FaceMatch or EventKind.PlateHit or EventKind.NodeGap;
            if (!Budgets.TakesEvent(node, received.Envelope.Epoch, json.Length, isAlert, out var over))
            {
                RefuseForNow(node, over);
                return null;
            }
            _events.Add(state.IsClockInDoubt(node) ? received with { IsClockInDoubt = true } : received);
            return received.Envelope;
        }
        if (forGood is not null) _refused.Add((node, new AckRefusal(AckRefusal.DigestOf(json), forGood)));
        Refuse(node, error);
        return null;
    }

    private async ValueTask TakeStatusAsync(string node, MqttMessage message, CancellationToken cancel)
    {
        var payload = message.Payload;
        // A status that was removed at the broker no longer says anything.
        if (payload.Length == 0) state.Forget(node);
        else if (isOurs?.Invoke(node) == false)
        {
            state.Forget(node);
            Refuse(node, "a status of a node that is not on this site's list");
        }
        else if (WireJson.TryReadStatus(payload, out var error) is { } status)
        {
            state.SetStatus(node, status.Online, status.Held);
            // What the broker retained may be from yesterday, and its node has gone on since.
            if (!message.Retained) await TakeFreshAsync(node, status, cancel);
        }
        else Refuse(node, error);
    }

    /// <summary>Checks whether a node that just reported its status is the one we know.</summary>
    private async ValueTask TakeFreshAsync(string node, NodeStatus status, CancellationToken cancel)
    {
        if (status.At is { } at) state.SetClock(node, at - time.GetUtcNow());
        if (status.Run is not { } run) return;
        if (state.NoteRun(node, run, time.GetUtcNow())) _copies.Add(node, count => ReceiveLog.Twice(log, node, count));
        // The first epoch is the one in which it currently numbers its events.
        if (status.Held is not [var held, ..]) return;
        var last = await _attempts.RunAsync(() => Task.FromResult(store.Reader.LastSeq(node, held.Epoch)), cancel);
        if (last <= held.High) return;
        state.NoteSetBack(node, held.Epoch);
        _setBacks.Add(node, _ => ReceiveLog.SetBack(log, node, held.High, last));
    }

    private async ValueTask TakeChunkAsync(string node, MqttMessage message, CancellationToken cancel)
    {
        if (ReadChunk(message.Payload, out var error) is not { } chunk) Refuse(node, error);
        else if (chunk.Node != node) Refuse(node, $"a crop that says it is from node '{chunk.Node}'");
        else if (message.Topic != Topics.Crop(node)) Refuse(node, "a topic that no node has");
        else if (await _attempts.RunAsync(() => store.HasCropAsync(node, chunk.Id, cancel), cancel)) _storedCrops.Add((node, chunk.Id));
        else if (_crops.Add(chunk, out error) is { } crop)
        {
            if (Budgets.TakesCrop(node, crop.Jpeg.Length, out var over)) _wholeCrops.Add(crop);
            else RefuseForNow(node, over);
        }
        else if (error.Length > 0) Refuse(node, error);
    }

    /// <summary>Base64 in JSON takes a third less when it is packed; still, a message holds one chunk.</summary>
    private static CropChunk? ReadChunk(ReadOnlySpan<byte> payload, out string error)
    {
        if (!PackedMessages.IsPacked(payload)) return WireJson.TryReadChunk(payload, out error);
        if (PackedMessages.TryRead(payload, out error) is not { } messages) return null;
        if (messages is [var only]) return WireJson.TryReadChunk(only.Span, out error);
        error = "several chunks of a crop in one message";
        return null;
    }

    /// <summary>Not acknowledged, so the node sends it again when there is room.</summary>
    private void RefuseForNow(string node, string over)
    {
        state.NoteOverBudget(node, time.GetUtcNow());
        Refuse(node, $"it sends {over}; it keeps the rest until there is room");
    }

    private void Refuse(string node, string reason)
    {
        state.CountRefused();
        _refusals.Add(
            node, count => ReceiveLog.Refused(log, PlainText.Of(node, 63), count, PlainText.Of(reason)));
    }

    private void Clear()
    {
        _taken.Clear();
        _events.Clear();
        _wholeCrops.Clear();
        _storedCrops.Clear();
        _packed.Clear();
        _refused.Clear();
    }

    private void Report(CommitResult result)
    {
        foreach (var conflict in result.Conflicts.Select(e => e.Envelope))
        {
            state.NoteSetBack(conflict.Node, conflict.Epoch);
            _conflicts.Add(conflict.Node, count => ReceiveLog.Conflict(log, conflict.Node, count, conflict.Seq));
        }
        foreach (var stored in result.Stored.Select(e => e.Envelope))
        {
            if (stored.Body.Gap is not { } gap) continue;
            _gaps.Add(stored.Node, gaps =>
            {
                if (gap.IsOfUnknownExtent) ReceiveLog.UnknownGap(log, stored.Node, PlainText.Of(gap.Reason), gaps);
                else ReceiveLog.Gap(log, stored.Node, gap.Count, PlainText.Of(gap.Reason), gaps);
            });
        }
        if (result.Acknowledged.Count > 0)
            state.CountCommit(result.Stored.Count, result.Duplicates, result.Conflicts.Count, time.GetUtcNow());
        Print([.. result.Stored, .. result.Conflicts]);
    }

    /// <summary>Standard output is a convenience: a full disk or a reader that is gone costs lines, not
    /// events.</summary>
    private void Print(IReadOnlyList<ReceivedEvent> stored)
    {
        try
        {
            printer.Print(stored);
        }
        catch (IOException e)
        {
            if (!_printFailed) ReceiveLog.PrintFailed(log, e.Message);
            _printFailed = true;
        }
    }

    private IEnumerable<Ack> Acks(IEnumerable<(string Node, Guid Id)> acknowledged)
    {
        var byForm = acknowledged.Distinct().ToLookup(_packed.ContainsKey);
        var byId = byForm[false].GroupBy(one => one.Node).SelectMany(
            group => group.Select(one => one.Id).Chunk(Ack.MaxIds),
            (group, ids) => new Ack(EventEnvelope.SchemaVersion, group.Key, ids, PackedMessages.Version));
        var bySeq = byForm[true].GroupBy(one => (one.Node, _packed[one].Epoch)).SelectMany(
            group => Ack.OfSeqs(group.Key.Node, group.Key.Epoch, group.Select(one => _packed[one].Seq)));
        var refused = _refused.GroupBy(one => one.Node).SelectMany(
            group => group.Select(one => one.Refusal).Chunk(Ack.MaxRefused),
            (group, refusals) => new Ack(
                EventEnvelope.SchemaVersion, group.Key, [], PackedMessages.Version, Refused: refusals));
        return byId.Concat(bySeq).Concat(refused);
    }
}
