using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Center.Store;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>The way of a message: check, commit many at once, print and show what is new, and only then
/// acknowledge.</summary>
internal sealed class Inbox(
    CenterStore store, CenterState state, AlertPrinter printer, ILogger logger, TimeProvider time)
{
    /// <summary>A commit of 500 takes 12 ms (facts-link.md, table 4): a synced commit for every message would be 70
    /// times slower.</summary>
    private const int MaxBatch = 500;

    /// <summary>A full disk is looked at again this often.</summary>
    private static readonly TimeSpan CommitRetry = TimeSpan.FromSeconds(2);

    private readonly CropAssembly _crops = new(time);
    private readonly RefusalLog _refusals = new(logger, time);
    private readonly List<ReceivedEvent> _events = [];
    private readonly List<ReceivedCrop> _wholeCrops = [];
    private readonly List<(string Node, Guid Id)> _storedCrops = [];

    /// <summary>Works until <paramref name="received"/> is completed and empty.</summary>
    /// <param name="acknowledge">Sends an ack; called only for what is committed.</param>
    public async Task Run(ChannelReader<MqttMessage> received, Func<Ack, Task> acknowledge, CancellationToken cancel)
    {
        while (await received.WaitToReadAsync(cancel))
        {
            for (var taken = 0; taken < MaxBatch && received.TryRead(out var message); taken++) Take(message);
            var result = await Commit(cancel);
            var acknowledged = result.Acknowledged.Concat(_storedCrops).ToArray();
            Clear();
            Report(result);
            await Task.WhenAll(Acks(acknowledged).Select(acknowledge));
        }
    }

    private void Take(MqttMessage message)
    {
        var node = Topics.NodeOf(message.Topic);
        if (node is null || !Topics.IsName(node)) Refuse("?", "a topic that no node has");
        else if (message.Topic == Topics.Event(node)) TakeEvent(node, message.Payload);
        else if (message.Topic == Topics.Status(node)) TakeStatus(node, message.Payload);
        else TakeChunk(node, message);
    }

    private void TakeEvent(string node, byte[] payload)
    {
        if (EventCheck.Read(node, payload, out var error) is { } received) _events.Add(received);
        else Refuse(node, error);
    }

    private void TakeStatus(string node, byte[] payload)
    {
        if (NodeStatus.Read(payload) is { } online) state.SetOnline(node, online);
        else Refuse(node, "a status that is neither online nor offline");
    }

    private void TakeChunk(string node, MqttMessage message)
    {
        if (WireJson.TryReadChunk(message.Payload, out var error) is not { } chunk) Refuse(node, error);
        else if (chunk.Node != node) Refuse(node, $"a crop that says it is from node '{chunk.Node}'");
        else if (message.Topic != Topics.Crop(node, chunk.Id)) Refuse(node, "a crop on another crop's topic");
        else if (store.HasCrop(node, chunk.Id)) _storedCrops.Add((node, chunk.Id));
        else if (_crops.Add(chunk, out error) is { } crop) _wholeCrops.Add(crop);
        else if (error.Length > 0) Refuse(node, error);
    }

    private void Refuse(string node, string reason)
    {
        state.CountRefused();
        _refusals.Add(node, reason);
    }

    /// <summary>Tries until it is stored. Meanwhile the connection's own bounded queue fills up and drops; nothing of
    /// it is acknowledged.</summary>
    private async Task<CommitResult> Commit(CancellationToken cancel)
    {
        for (var failed = false; ; failed = true)
        {
            try
            {
                var result = store.Commit(_events, _wholeCrops, time.GetUtcNow());
                if (failed) ReceiveLog.CommitsAgain(logger);
                return result;
            }
            catch (SqliteException e) when (IsPassing(e))
            {
                if (!failed) ReceiveLog.CommitFailed(logger, e.Message);
            }
            await Task.Delay(CommitRetry, time, cancel);
        }
    }

    // SQLite result codes: 5 BUSY, 10 IOERR, 13 FULL. Any other is a fault of the database or of this program.
    private static bool IsPassing(SqliteException e) => e.SqliteErrorCode is 5 or 10 or 13;

    private void Clear()
    {
        _events.Clear();
        _wholeCrops.Clear();
        _storedCrops.Clear();
    }

    private void Report(CommitResult result)
    {
        foreach (var conflict in result.Conflicts)
            ReceiveLog.Conflict(logger, conflict.Node, conflict.Id, conflict.Seq);
        foreach (var stored in result.Stored)
        {
            if (stored.Body.Gap is { } gap) ReceiveLog.Gap(logger, stored.Node, gap.Count, Plain.Text(gap.Reason));
        }
        printer.Print(result.Stored);
        if (result.Acknowledged.Count == 0) return;
        state.CountCommit(
            result.Stored.Count, result.Duplicates, result.Conflicts.Count, time.GetUtcNow());
    }

    private static IEnumerable<Ack> Acks(IEnumerable<(string Node, Guid Id)> acknowledged) =>
        acknowledged.Distinct().GroupBy(one => one.Node).SelectMany(
            group => group.Select(one => one.Id).Chunk(Ack.MaxIds),
            (group, ids) => new Ack(EventEnvelope.SchemaVersion, group.Key, ids));
}
