using Microsoft.Extensions.Logging;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Compares what each node says it holds with what is stored: asks again for what does not arrive, and records
/// what can no longer arrive as missing.</summary>
/// <remarks>The order of arrival means nothing here. What a node holds and the center does not have is awaited as long as some
/// of it arrives; only when none arrives for <paramref name="grace"/> does the center ask. What is below the node's lowest
/// number is missing, unless the node declared it lost.</remarks>
/// <param name="grace">A node's line may be slow and its outbox full of more urgent things; asking early costs only a
/// command.</param>
/// <param name="isOurs">Whether a node is on this site's list: what others said is forgotten. Null for all.</param>
internal sealed class GapWatch(
    CenterStore store, CenterState state, ILogger log, TimeProvider time, TimeSpan grace,
    Func<string, bool>? isOurs = null)
{
    /// <summary>A node's window arrives within a second; an ack times out after ten.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause before a node that does not do what it is asked is asked again.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>A node says what it holds when it connects, which may be days ago; since then more has arrived and, if the
    /// database was lost meanwhile, more is missing. So all nodes are compared again after this many graces (a minute), with
    /// the highest number that is stored.</summary>
    public const int RecheckGraces = 6;

    /// <summary>How many nodes are compared in one turn: this many, or a twentieth of all, so that each gets three turns in
    /// the minute in which it must be compared. A comparison reads a few rows of an index; the first one reads all numbers of
    /// an epoch.</summary>
    private const int MinPerTurn = 50;
    private const int TurnsForAll = 20;

    /// <summary>Holes read at a time. What lies beyond them is read when these are filled, or at once if the node declared
    /// them all lost, up to <see cref="MaxReads"/> times in one comparison.</summary>
    private const int MaxHoles = 1000;
    private const int MaxReads = 16;

    /// <summary>A new epoch begins with a new outbox: a node has a handful.</summary>
    private const int MaxEpochs = 64;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    private readonly LogThrottle _faults = new(time);
    private readonly Dictionary<string, Watched> _nodes = new(StringComparer.Ordinal);

    /// <summary>Works until canceled; called once for each connection to the broker.</summary>
    /// <param name="send">Sends a command to its node.</param>
    public async Task RunAsync(Func<NodeCommand, Task> send, CancellationToken cancel)
    {
        while (true)
        {
            await Task.Delay(Turn < grace ? Turn : grace, time, cancel);
            try
            {
                await TakeTurnAsync(send, cancel);
            }
            catch (Exception e) when (store.FaultOf(e) is not StoreFault.None)
            {
                // The inbox uses the same database, reports the fault and decides; this only waits.
                continue;
            }
        }
    }

    /// <summary>Compares the nodes that are due.</summary>
    internal async Task TakeTurnAsync(Func<NodeCommand, Task> send, CancellationToken cancel)
    {
        var changed = new List<HeldRow>();
        var commands = state.TakeSetBack().Select(one => Renumber(one.Node, one.Epoch)).ToList();
        var due = new List<(string Node, Watched Watched, HeldRange[] Held)>();
        foreach (var node in state.KnownNodes)
        {
            if (isOurs?.Invoke(node) == false)
            {
                state.Forget(node);
                _nodes.Remove(node);
                continue;
            }
            if (state.HeldBy(node) is not { } held) continue;
            if (!_nodes.TryGetValue(node, out var watched)) _nodes.Add(node, watched = new Watched());
            if (IsDue(watched, held)) due.Add((node, watched, held));
        }
        // Those that have waited longest come first: even if more nodes are due than fit, each gets its turn.
        foreach (var (node, watched, held) in due.OrderBy(one => one.Watched.TurnAt)
            .Take(Math.Max(MinPerTurn, _nodes.Count / TurnsForAll)))
        {
            watched.TurnAt = time.GetTimestamp();
            try
            {
                if (Look(node, watched, held, changed) is { } command) commands.Add(command);
            }
            catch (Exception e) when (e is not OperationCanceledException && store.FaultOf(e) is StoreFault.None)
            {
                // Whatever it is, it concerns this node: the others are compared all the same, and this one at its next turn.
                (watched.Held, watched.LookedAt, watched.Pause) = (held, time.GetTimestamp(), grace * RecheckGraces);
                _faults.Add(node, count => ReceiveLog.NodeFault(log, node, "what it holds", count, e.GetType().Name, e.Message));
            }
        }
        await store.PutHeldAsync(changed, cancel);
        foreach (var command in commands) await send(command);
    }

    /// <summary>Tells a node that was set back which numbers are taken; one that gave them itself has nothing to do.</summary>
    private NodeCommand Renumber(string node, Guid epoch) => new(
        EventEnvelope.SchemaVersion, Guid.CreateVersion7(), node, time.GetUtcNow(), NodeCommand.Renumber,
        [new EpochRange(epoch, 1, Math.Max(1, store.Reader.LastSeq(node, epoch)))]);

    private bool IsDue(Watched watched, HeldRange[] held) =>
        // News is compared at once, everything else when it is due.
        IsNews(watched, held) || time.GetElapsedTime(watched.LookedAt) >= watched.Pause;

    /// <summary>True for a status that says more than that the node has made events since; every busy node says that every
    /// minute.</summary>
    private static bool IsNews(Watched watched, HeldRange[] held) =>
        !ReferenceEquals(watched.Held, held)
        && (watched.Held is not { } before || watched.Awaited > 0
            || !before.Select(range => (range.Epoch, range.Low)).SequenceEqual(held.Select(range => (range.Epoch, range.Low))));

    /// <param name="changed">Takes the rows that are to be kept.</param>
    /// <returns>What to ask the node, or null.</returns>
    private NodeCommand? Look(string node, Watched watched, HeldRange[] held, List<HeldRow> changed)
    {
        var (rows, holes) = Compare(node, watched, held);
        var awaited = rows.Sum(row => row.Awaited);
        var missing = rows.Sum(row => row.Missing);
        changed.AddRange(rows.Where(row => !watched.Kept.Contains(row with { ComparedAt = 0 })));
        watched.Kept = [.. rows.Select(row => row with { ComparedAt = 0 })];
        if (missing > watched.Missing) ReceiveLog.Missing(log, node, missing);
        var isNews = IsNews(watched, held);
        // New events are always on their way besides what is awaited: what counts is whether the oldest of it arrived.
        var complete = watched.Complete.Values.Sum();
        var isComing = awaited < watched.Awaited || complete > watched.CompleteSum || watched.Awaited == 0;
        (watched.Held, watched.Awaited, watched.Missing, watched.CompleteSum) = (held, awaited, missing, complete);
        if (awaited == 0 || isComing)
        {
            (watched.LookedAt, watched.Pause, watched.NextPause) =
                (time.GetTimestamp(), awaited == 0 ? grace * RecheckGraces : grace, grace);
            return null;
        }
        // A node that says the same every minute is not asked every minute.
        if (isNews && time.GetElapsedTime(watched.LookedAt) < watched.Pause) return null;
        (watched.LookedAt, watched.Pause) = (time.GetTimestamp(), watched.NextPause);
        watched.NextPause = watched.NextPause * 2 < LongestPause ? watched.NextPause * 2 : LongestPause;
        if (state.IsOnline(node) != true) return null;
        ReceiveLog.AskedAgain(log, node, awaited, holes[0].From, holes[0].Epoch);
        return new NodeCommand(
            EventEnvelope.SchemaVersion, Guid.CreateVersion7(), node, time.GetUtcNow(), NodeCommand.Resend,
            [.. holes.Take(NodeCommand.FittingRanges)]);
    }

    /// <summary>A row for each epoch that is incomplete or that the node reported, and what to ask for.</summary>
    private (List<HeldRow> Rows, List<EpochRange> Holes) Compare(string node, Watched watched, HeldRange[] held)
    {
        var rows = new List<HeldRow>();
        var ask = new List<EpochRange>();
        var reader = store.Reader;
        var known = reader.Epochs(node, MaxEpochs).ToDictionary(row => new Guid(row.Epoch, bigEndian: true));
        foreach (var range in held.DistinctBy(range => range.Epoch)) Add(range);
        // A list that is not full is everything the node holds: it has nothing of other epochs.
        if (held.Length < NodeStatus.MaxHeld)
        {
            foreach (var (epoch, row) in known)
            {
                if (held.Any(range => range.Epoch == epoch)) continue;
                // The node never reported anything about it, and nothing is missing: there is nothing to keep.
                if (row.High == 0 && row.Messages == row.MaxSeq) continue;
                var last = Math.Max(row.High, row.MaxSeq);
                Add(new HeldRange(epoch, last + 1, last));
            }
        }
        foreach (var gone in watched.Complete.Keys.Except(held.Select(range => range.Epoch)).Except(known.Keys).ToArray())
        {
            watched.Complete.Remove(gone);
            watched.Stored.Remove(gone);
        }
        return (rows, ask);

        void Add(HeldRange range)
        {
            var row = known.GetValueOrDefault(range.Epoch);
            // Numbers are assigned without holes: every number below a stored one was assigned, and is held or gone.
            var high = Math.Max(range.High, row?.MaxSeq ?? 0);
            // A database that is set back under the running center (a standby, a backup) lacks what it had: its highest number
            // falls, or, once newer ones have arrived, more numbers below it are absent than when everything was complete.
            var (max, absent) = (row?.MaxSeq ?? 0, (row?.MaxSeq ?? 0) - (row?.Messages ?? 0));
            var before = watched.Stored.GetValueOrDefault(range.Epoch, (Max: max, Absent: absent));
            if (max < before.Max) watched.Complete.Remove(range.Epoch);
            var (holes, complete) = Read(range.Epoch, row, watched.Complete.GetValueOrDefault(range.Epoch) + 1, high);
            if (holes.Count == 0 && absent != before.Absent) (holes, complete) = Read(range.Epoch, row, 1, high);
            watched.Complete[range.Epoch] = complete;
            watched.Stored[range.Epoch] = (max, holes.Count == 0 ? absent : before.Absent);
            var awaited = EpochHoles.Within(holes, range.Low, high).ToArray();
            ask.AddRange(awaited.Select(hole => new EpochRange(range.Epoch, hole.From, hole.To)));
            rows.Add(new HeldRow
            {
                Node = node,
                Epoch = range.Epoch,
                Low = range.Low,
                High = high,
                ComparedAt = UnixMicroseconds.From(time.GetUtcNow()),
                Awaited = awaited.Sum(hole => hole.Count),
                Missing = EpochHoles.Within(holes, 1, range.Low - 1).Sum(hole => hole.Count),
            });
        }

        // The holes from a number on that were not declared lost, and the number up to which there are none.
        (List<SeqRange> Holes, long Complete) Read(Guid epoch, EpochRow? row, long from, long high)
        {
            if (row is not null && row.Messages == row.MaxSeq) from = Math.Max(from, row.MaxSeq + 1);
            for (var reads = 1; ; reads++)
            {
                var found = reader.Holes(node, epoch, from, high, MaxHoles);
                if (found.Count == 0) return ([], Math.Max(high, from - 1));
                var holes = EpochHoles.Without(
                    found,
                    reader.Declared(node, epoch, found[0].From, found[^1].To)
                        .Concat(reader.Deleted(node, epoch, found[0].From, found[^1].To)));
                if (holes.Count > 0) return (holes, holes[0].From - 1);
                from = found[^1].To + 1;
                if (reads == MaxReads) return ([], from - 1);
            }
        }
    }

    private sealed class Watched
    {
        /// <summary>For each epoch, the number up to which all are stored or declared.</summary>
        public Dictionary<Guid, long> Complete { get; } = [];

        /// <summary>For each epoch: the highest number stored at the last comparison, and how many below it were not stored
        /// when nothing was awaited.</summary>
        public Dictionary<Guid, (long Max, long Absent)> Stored { get; } = [];
        public long TurnAt { get; set; }
        public HashSet<HeldRow> Kept { get; set; } = [];
        public HeldRange[]? Held { get; set; }
        public long Awaited { get; set; }
        public long Missing { get; set; }
        public long CompleteSum { get; set; }
        public long LookedAt { get; set; }
        public TimeSpan Pause { get; set; }
        public TimeSpan NextPause { get; set; }
    }
}
