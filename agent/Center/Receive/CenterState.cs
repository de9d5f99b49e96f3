using System.Collections.Concurrent;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>What the running center knows besides its database: the broker's connection, who is online, what was
/// counted. Any thread.</summary>
internal sealed class CenterState
{
    private readonly ConcurrentDictionary<string, bool> _online = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HeldRange[]> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Guid> _setBack = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, NodeRuns> _runs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TimeSpan> _clocks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _overBudget = new(StringComparer.Ordinal);
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stored;
    private long _duplicates;
    private long _refused;
    private long _conflicts;
    private long _lastMessageTicks;
    private volatile bool _connected;

    /// <summary>Completes at the next change; take it before reading, so that nothing is missed.</summary>
    public Task NextChange => Volatile.Read(ref _next).Task;

    public bool Connected => _connected;
    public long Stored => Interlocked.Read(ref _stored);
    public long Duplicates => Interlocked.Read(ref _duplicates);
    public long Refused => Interlocked.Read(ref _refused);
    public long Conflicts => Interlocked.Read(ref _conflicts);

    /// <summary>When the last event was committed since this start, or null.</summary>
    public DateTimeOffset? LastMessageAt =>
        Interlocked.Read(ref _lastMessageTicks) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>True or false as the node (or its last will) reported; null while nothing was reported.</summary>
    public bool? IsOnline(string node) => _online.TryGetValue(node, out var online) ? online : null;

    /// <summary>The nodes whose status is known, in no order.</summary>
    public IEnumerable<string> KnownNodes => _online.Keys;

    /// <summary>What the node last said it holds, a new array each time it says so; null until it says
    /// something.</summary>
    public HeldRange[]? HeldBy(string node) => _held.GetValueOrDefault(node);

    public void SetConnected(bool connected)
    {
        // What was reported before may have changed meanwhile; the retained status messages come again after a connect.
        if (!connected)
        {
            _online.Clear();
            _held.Clear();
        }
        _connected = connected;
        Raise();
    }

    /// <param name="held">Null when the node (or its last will) did not say; then what it said before stays.</param>
    public void SetStatus(string node, bool online, HeldRange[]? held)
    {
        _online[node] = online;
        if (held is not null) _held[node] = held;
        Raise();
    }

    /// <summary>The node uses numbers of <paramref name="epoch"/> that other events have: it was set back, or copied.</summary>
    public void NoteSetBack(string node, Guid epoch) => _setBack[node] = epoch;

    /// <summary>The nodes that <see cref="NoteSetBack"/> named since the last call, each with the newest epoch.</summary>
    public IReadOnlyList<(string Node, Guid Epoch)> TakeSetBack()
    {
        var taken = new List<(string, Guid)>();
        foreach (var node in _setBack.Keys)
        {
            if (_setBack.TryRemove(node, out var epoch)) taken.Add((node, epoch));
        }
        return taken;
    }

    /// <summary>The node has connected. True if it is one of two machines that displace each other: a run that another had
    /// replaced is back.</summary>
    public bool NoteRun(string node, Guid run, DateTimeOffset now)
    {
        var known = _runs.GetOrAdd(node, _ => new NodeRuns());
        lock (known)
        {
            if (!known.IsBack(run)) return false;
            known.TwiceAt = now;
            return true;
        }
    }

    /// <summary>Whether two machines used this name within the last hour.</summary>
    public bool IsTwice(string node, DateTimeOffset now)
    {
        if (!_runs.TryGetValue(node, out var known)) return false;
        lock (known) return known.TwiceAt is { } at && now - at < TimeSpan.FromHours(1);
    }

    /// <summary>The node has sent more than its share.</summary>
    public void NoteOverBudget(string node, DateTimeOffset now) => _overBudget[node] = now;

    /// <summary>Whether it did so within the last ten minutes, within which it tries again.</summary>
    public bool IsOverBudget(string node, DateTimeOffset now) =>
        _overBudget.TryGetValue(node, out var at) && now - at < TimeSpan.FromMinutes(10);

    /// <summary>How far the node's clock was ahead of ours when it connected.</summary>
    public void SetClock(string node, TimeSpan ahead) => _clocks[node] = ahead;

    /// <summary>An hour is more than a message takes and less than a time zone.</summary>
    public bool IsClockInDoubt(string node) =>
        _clocks.TryGetValue(node, out var ahead) && ahead.Duration() > TimeSpan.FromHours(1);

    /// <summary>The node no longer belongs to this site, or its status was removed.</summary>
    public void Forget(string node)
    {
        var known = _online.TryRemove(node, out _);
        known |= _held.TryRemove(node, out _);
        if (known) Raise();
    }

    public void CountCommit(int stored, int duplicates, int conflicts, DateTimeOffset at)
    {
        Interlocked.Add(ref _stored, stored);
        Interlocked.Add(ref _duplicates, duplicates);
        Interlocked.Add(ref _conflicts, conflicts);
        Interlocked.Exchange(ref _lastMessageTicks, at.UtcTicks);
        Raise();
    }

    public void CountRefused() => Interlocked.Increment(ref _refused);

    private void Raise() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .SetResult();
}

/// <summary>The runs of one node that were seen last.</summary>
internal sealed class NodeRuns
{
    /// <summary>Two copies take turns; each may be restarted in between.</summary>
    private const int Kept = 4;

    private readonly List<Guid> _runs = [];

    /// <summary>When a second machine was seen last, or null.</summary>
    public DateTimeOffset? TwiceAt { get; set; }

    /// <summary>Notes a run; true if another one was seen since this one last connected.</summary>
    public bool IsBack(Guid run)
    {
        var at = _runs.IndexOf(run);
        if (at == _runs.Count - 1 && at >= 0) return false;
        if (at >= 0) _runs.RemoveAt(at);
        else if (_runs.Count == Kept) _runs.RemoveAt(0);
        _runs.Add(run);
        return at >= 0;
    }
}
