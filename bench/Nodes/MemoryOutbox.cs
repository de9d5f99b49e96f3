using System.Diagnostics;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Bench.Nodes;

/// <summary>An outbox without a disk, so that thousands of them stand beside the center under test: what is made stays until the
/// center's ack. All events are reads; there are no pictures.</summary>
internal sealed class MemoryOutbox : IOutbox
{
    private readonly Lock _gate = new();
    private readonly List<Row> _rows = [];
    private readonly Dictionary<Guid, Row> _open = [];
    private readonly List<float> _latencies = [];
    private int _oldest;

    public event Action? Appended;

    public event Action? Rewound;

    public Guid Epoch { get; } = Guid.CreateVersion7();

    public EpochClock Clock { get; } = new(TimeProvider.System, 0);

    public int Made
    {
        get
        {
            lock (_gate) return _rows.Count;
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
            lock (_gate) return [.. _rows.Select(row => row.Id)];
        }
    }

    /// <summary>Stopwatch's time.</summary>
    public long Mark { get; set; } = long.MaxValue;

    /// <summary>When an event that was made after <see cref="Mark"/> was first acknowledged, or null.</summary>
    public long? AckedAfterMark { get; private set; }

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

    /// <summary>Takes the next event.</summary>
    /// <param name="make">Gives its JSON, of its number.</param>
    public void Append(Guid id, Func<int, byte[]> make)
    {
        lock (_gate)
        {
            var row = new Row(_rows.Count + 1, id, make(_rows.Count + 1), Stopwatch.GetTimestamp());
            _rows.Add(row);
            _open.Add(id, row);
        }
        Appended?.Invoke();
    }

    public List<OutboxRow> ReadPending(OutboxPriority priority, long afterSeq, int limit, int maxBytes)
    {
        var rows = new List<OutboxRow>();
        if (priority != OutboxPriority.Read) return rows;
        lock (_gate)
        {
            while (_oldest < _rows.Count && _rows[_oldest].Body is null) _oldest++;
            var bytes = 0;
            for (var i = (int)Math.Max(afterSeq, _oldest); i < _rows.Count && rows.Count < limit; i++)
            {
                var row = _rows[i];
                if (row.Body is not { } body || !_open.ContainsKey(row.Id)) continue;
                bytes += body.Length;
                if (bytes > maxBytes && rows.Count > 0) break;
                rows.Add(new OutboxRow(row.Seq, row.Id, body, null));
            }
        }
        return rows;
    }

    public CropRow? ReadPendingCrop(long afterSeq) => null;

    public List<HeldRange> Held()
    {
        lock (_gate) return [new HeldRange(Epoch, Math.Min(_oldest, _rows.Count) + 1, _rows.Count)];
    }

    public Task<int> MarkAckedAsync(IReadOnlyList<Guid> ids, CancellationToken cancel)
    {
        var (marked, now) = (0, Stopwatch.GetTimestamp());
        lock (_gate)
        {
            foreach (var id in ids)
            {
                if (!_open.Remove(id, out var row)) continue;
                marked++;
                row.Body = null; // nobody asks for it again while the center has its database
                _latencies.Add((float)Stopwatch.GetElapsedTime(row.MadeAt, now).TotalMilliseconds);
                if (row.MadeAt > Mark) AckedAfterMark ??= now;
            }
        }
        return Task.FromResult(marked);
    }

    /// <summary>An event that the center refuses is lost, and the judge finds that.</summary>
    public Task<int> BuryAsync(IReadOnlyList<(Guid Id, string Reason)> refused, CancellationToken cancel) =>
        MarkAckedAsync([.. refused.Select(one => one.Id)], cancel);

    public Task ResendAsync(IReadOnlyList<EpochRange> ranges, CancellationToken cancel)
    {
        // What is open is sent again by itself; what was acknowledged is gone, and the judge finds it should it be missing.
        Rewound?.Invoke();
        return Task.CompletedTask;
    }

    public Task<bool> RenumberAsync(EpochRange taken, CancellationToken cancel) => Task.FromResult(false);

    public void CheckFile() => throw new NotSupportedException("there is no file");

    private sealed class Row(int seq, Guid id, byte[] body, long madeAt)
    {
        public int Seq { get; } = seq;
        public Guid Id { get; } = id;
        public long MadeAt { get; } = madeAt;

        /// <summary>Null once the center has it.</summary>
        public byte[]? Body { get; set; } = body;
    }
}
