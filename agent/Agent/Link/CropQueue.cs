using System.Text.Json;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Cuts the outbox's crops into messages, one crop after the other, and watches which of them the center has.
/// Used by one session.</summary>
/// <remarks>Crops are 30 times larger than alerts and have a tenth of the window, and a crop is committed with its
/// event: so it does not overtake it, and where it does after a loss, the center takes it all the same.</remarks>
internal sealed class CropQueue(OutboxReader outbox, string node, LinkOptions options, TimeProvider time)
{
    /// <summary>Whole crops sent and not acknowledged; the center puts as many of one node together at a time
    /// (CropAssembly.MaxPerNode).</summary>
    private const int MaxUnacked = 8;

    /// <summary>A crop that the center leaves unacknowledged this often waits for
    /// <see cref="TryGivenUpAgain"/>.</summary>
    private const int MaxAttempts = 5;

    private readonly Dictionary<Guid, SentCrop> _sent = [];
    private readonly Queue<SentCrop> _due = new();
    private (Guid Crop, byte[] Body)? _next;
    private CropRow? _current;
    private int _nextChunk;
    private int _attempt;
    private long _cursor;

    /// <summary>Whether there are crops that wait for <see cref="TryGivenUpAgain"/>.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>The next message and the crop it is of; null when there is none now. The same one until
    /// <see cref="MoveNext"/>.</summary>
    public (Guid Crop, byte[] Body)? Peek()
    {
        if (_next is not null) return _next;
        if (_current is null && !Load()) return null;
        var crop = _current!.Value;
        var chunks = Chunks(crop);
        var from = _nextChunk * CropChunk.MaxDataBytes;
        var data = crop.Jpeg[from..Math.Min(from + CropChunk.MaxDataBytes, crop.Jpeg.Length)];
        var chunk = new CropChunk(EventEnvelope.SchemaVersion, crop.Id, node, crop.Event, _nextChunk, chunks, data);
        _next = (crop.Id, JsonSerializer.SerializeToUtf8Bytes(chunk, WireJsonContext.Default.CropChunk));
        return _next;
    }

    /// <summary>What <see cref="Peek"/> gave is sent.</summary>
    public void MoveNext()
    {
        var crop = _current!.Value;
        _next = null;
        if (++_nextChunk < Chunks(crop)) return;
        _sent[crop.Id] = new SentCrop(crop.Seq, time.GetTimestamp(), _attempt);
        _current = null;
    }

    /// <summary>The center has this crop; false when it was none that is under way.</summary>
    public bool Acked(Guid id)
    {
        if (_current?.Id == id)
        {
            (_current, _next) = (null, null);
            return true;
        }
        return _sent.Remove(id);
    }

    /// <summary>What the center did not acknowledge is lost with it: begin again with the oldest.</summary>
    public void Restart()
    {
        _sent.Clear();
        _due.Clear();
        (_current, _next) = (null, null);
        TryGivenUpAgain();
    }

    /// <summary>Begins again with the oldest, without those that are under way.</summary>
    public void TryGivenUpAgain()
    {
        HasGivenUp = false;
        _cursor = 0;
    }

    /// <summary>Lets crops be sent again that wait for their ack too long: three timeouts at first, since other
    /// messages go first, then twice as long each time. True when there is one.</summary>
    public bool CheckTimeouts()
    {
        foreach (var (id, crop) in _sent)
        {
            if (time.GetElapsedTime(crop.SentAt) < options.AckTimeout * 3 * (1 << crop.Attempt)) continue;
            _sent.Remove(id);
            if (crop.Attempt < MaxAttempts) _due.Enqueue(crop with { Attempt = crop.Attempt + 1 });
            else HasGivenUp = true;
        }
        return _due.Count > 0;
    }

    private static int Chunks(CropRow crop) => (crop.Jpeg.Length + CropChunk.MaxDataBytes - 1) / CropChunk.MaxDataBytes;

    private bool Load()
    {
        _nextChunk = 0;
        while (_due.TryDequeue(out var due))
        {
            // Retention, or a late ack, may have taken it since.
            if (outbox.ReadPendingCrop(due.Seq - 1) is not { } again || again.Seq != due.Seq) continue;
            (_current, _attempt) = (again, due.Attempt);
            return true;
        }
        if (_sent.Count >= MaxUnacked) return false;
        while (outbox.ReadPendingCrop(_cursor) is { } next)
        {
            _cursor = next.Seq;
            if (_sent.ContainsKey(next.Id)) continue;
            (_current, _attempt) = (next, 0);
            return true;
        }
        return false;
    }

    private readonly record struct SentCrop(long Seq, long SentAt, int Attempt);
}
