using System.Text.Json;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Cuts the outbox's crops into messages, one crop after the other, and tracks which of them the center has.
/// Used by one session.</summary>
/// <remarks>Crops are 30 times larger than alerts and have a tenth of the window, and a crop is committed with its
/// event: so it does not overtake the event, and if it does after a loss, the center takes it all the same.</remarks>
internal sealed class CropQueue(IOutbox outbox, string node, LinkOptions options, TimeProvider time)
{
    /// <summary>Whole crops sent and not acknowledged; the center assembles this many of one node at a time
    /// (CropAssembly.MaxPerNode).</summary>
    private const int MaxUnacked = 8;

    /// <summary>A crop that the center leaves unacknowledged this often waits for
    /// <see cref="TryGivenUpAgain"/>.</summary>
    private const int MaxAttempts = 5;

    /// <summary>A quarter of a second of a 32 kbit/s line; smaller ones would be mostly envelope.</summary>
    private const int LeastChunkBytes = 1000;

    private readonly Dictionary<Guid, SentCrop> _sent = [];
    private readonly Queue<SentCrop> _due = new();
    private (Guid Crop, byte[] Body)? _next;
    private CropRow? _current;
    private int _chunkBytes;
    private int _nextChunk;
    private int _attempt;
    private long _cursor;

    /// <summary>About how many bytes of a crop go into a message, for crops that are started from now on; at most
    /// <see cref="CropChunk.MaxDataBytes"/>, and at least what <see cref="CropChunk.MaxCount"/> chunks need.</summary>
    public int ChunkBytes { get; set; } = CropChunk.MaxDataBytes;

    /// <summary>Whether there are crops that wait for <see cref="TryGivenUpAgain"/>.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>The next message and its crop; null if there is none now. It stays the same until
    /// <see cref="MoveNext"/>.</summary>
    public (Guid Crop, byte[] Body)? Peek()
    {
        if (_next is not null) return _next;
        if (_current is null && !Load()) return null;
        var crop = _current!.Value;
        var chunks = Chunks(crop);
        var from = _nextChunk * _chunkBytes;
        var data = crop.Jpeg[from..Math.Min(from + _chunkBytes, crop.Jpeg.Length)];
        var chunk = new CropChunk(EventEnvelope.SchemaVersion, crop.Id, node, crop.Event, _nextChunk, chunks, data);
        _next = (crop.Id, JsonSerializer.SerializeToUtf8Bytes(chunk, WireJsonContext.Default.CropChunk));
        return _next;
    }

    /// <summary>What <see cref="Peek"/> returned has been sent.</summary>
    /// <param name="order">Counts all that the session sends.</param>
    public void MoveNext(long order)
    {
        var crop = _current!.Value;
        _next = null;
        if (++_nextChunk < Chunks(crop)) return;
        _sent[crop.Id] = new SentCrop(crop.Seq, time.GetTimestamp(), _attempt, order);
        _current = null;
    }

    /// <summary>The center has this crop: the order of its last chunk, 0 if that was not sent yet, or null if the crop is
    /// not under way.</summary>
    public long? Acked(Guid id)
    {
        if (_current?.Id == id)
        {
            (_current, _next) = (null, null);
            return 0;
        }
        return _sent.Remove(id, out var acked) ? acked.Order : null;
    }

    /// <summary>What the center did not acknowledge is lost with it: starts again with the oldest.</summary>
    public void Restart()
    {
        _sent.Clear();
        _due.Clear();
        (_current, _next) = (null, null);
        TryGivenUpAgain();
    }

    /// <summary>Starts again with the oldest, without those that are under way.</summary>
    public void TryGivenUpAgain()
    {
        HasGivenUp = false;
        _cursor = 0;
    }

    /// <summary>Lets crops be sent again whose ack does not come: after three timeouts at first, since other messages go
    /// first, then twice as long each time. True if there is one.</summary>
    /// <param name="isStill">Nothing is coming back.</param>
    /// <param name="ackedOrder">The latest of what is acknowledged: what was sent before it is lost.</param>
    public bool CheckTimeouts(bool isStill, long ackedOrder)
    {
        foreach (var (id, crop) in _sent)
        {
            if (!isStill && crop.Order > ackedOrder) continue;
            if (time.GetElapsedTime(crop.SentAt) < options.AckTimeout * 3 * (1 << crop.Attempt)) continue;
            _sent.Remove(id);
            if (crop.Attempt < MaxAttempts) _due.Enqueue(crop with { Attempt = crop.Attempt + 1 });
            else HasGivenUp = true;
        }
        return _due.Count > 0;
    }

    private int Chunks(CropRow crop) => Pieces(crop.Jpeg.Length, _chunkBytes);

    private bool Load()
    {
        if (!LoadNext()) return false;
        var length = _current!.Value.Jpeg.Length;
        var least = Math.Max(LeastChunkBytes, Pieces(length, CropChunk.MaxCount));
        _chunkBytes = EvenCut(length, Math.Clamp(ChunkBytes, least, CropChunk.MaxDataBytes));
        return true;
    }

    /// <summary>The size of equal chunks of at most <paramref name="atMost"/> bytes. The number of chunks tells their
    /// size: the center never mixes the chunks of one attempt with those of another that was cut differently.</summary>
    private static int EvenCut(int length, int atMost)
    {
        var size = Pieces(length, Pieces(length, atMost));
        return Pieces(length, Pieces(length, size));
    }

    private static int Pieces(int length, int size) => (length + size - 1) / size;

    private bool LoadNext()
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

    private readonly record struct SentCrop(long Seq, long SentAt, int Attempt, long Order);
}
