using System.Collections.Concurrent;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>What the running center knows besides its database: the broker's connection, who is online, what was
/// counted. Any thread.</summary>
internal sealed class CenterState
{
    private readonly ConcurrentDictionary<string, bool> _online = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HeldRange[]> _held = new(StringComparer.Ordinal);
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stored;
    private long _duplicates;
    private long _refused;
    private long _conflicts;
    private long _lastMessageTicks;
    private volatile bool _connected;

    /// <summary>Completes at the next change; take it before reading, then nothing is missed.</summary>
    public Task NextChange => Volatile.Read(ref _next).Task;

    public bool Connected => _connected;
    public long Stored => Interlocked.Read(ref _stored);
    public long Duplicates => Interlocked.Read(ref _duplicates);
    public long Refused => Interlocked.Read(ref _refused);
    public long Conflicts => Interlocked.Read(ref _conflicts);

    /// <summary>When the last event was committed since this start, or null.</summary>
    public DateTimeOffset? LastMessageAt =>
        Interlocked.Read(ref _lastMessageTicks) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>True or false as the node (or its last will) told; null while nobody told.</summary>
    public bool? IsOnline(string node) => _online.TryGetValue(node, out var online) ? online : null;

    /// <summary>The nodes whose status is known, in no order.</summary>
    public IEnumerable<string> KnownNodes => _online.Keys;

    /// <summary>What the node last said it holds, another array each time it says so; null while it said
    /// nothing.</summary>
    public HeldRange[]? HeldBy(string node) => _held.GetValueOrDefault(node);

    public void SetConnected(bool connected)
    {
        // What was told before may have changed meanwhile; the retained status messages come again after a connect.
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

    /// <summary>The node is no longer of this site, or its status was taken away.</summary>
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
