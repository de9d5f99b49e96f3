using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Assembles crops from their chunks, in any order, within bounds: what exceeds them is forgotten, and the node
/// sends it again.</summary>
internal sealed class CropAssembly(TimeProvider time)
{
    /// <summary>A node sends one crop after the other; eight leave room for those cut by a reconnect.</summary>
    public const int MaxPerNode = 8;

    /// <summary>64 MiB are 350 crops of the largest size (192 kB), or 6,000 usual ones of 10 kB.</summary>
    public const long MaxBytes = 64 << 20;

    /// <summary>The largest crop takes a minute on an idle 32 kbit/s line, and waits behind alerts; after ten times that
    /// its node has given it up.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    private readonly Dictionary<(string Node, Guid Id), Part> _parts = [];
    private readonly LinkedList<Part> _leastRecent = [];
    private long _bytes;

    /// <summary>Crops of which some chunks are here.</summary>
    public int Count => _parts.Count;

    /// <summary>Crops that were forgotten before they were whole.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Takes a chunk; returns the crop if it was the last one missing.</summary>
    /// <param name="error">Why the chunk or the crop was refused, or empty.</param>
    public ReceivedCrop? Add(CropChunk chunk, out string error)
    {
        error = "";
        ForgetOld();
        if (!_parts.TryGetValue((chunk.Node, chunk.Id), out var part)) part = Begin(chunk);
        if (part.Event != chunk.Event)
        {
            error = "chunks of the same crop that contradict each other";
            Remove(part);
            return null;
        }
        if (part.IsCutOtherwise(chunk))
        {
            Remove(part);
            part = Begin(chunk);
        }
        part.LastAt = time.GetTimestamp();
        _leastRecent.Remove(part.Place);
        _leastRecent.AddLast(part.Place);
        if (part.Pieces[chunk.Index] is null)
        {
            part.Pieces[chunk.Index] = chunk.Data;
            part.Missing--;
            part.Bytes += chunk.Data.Length;
            _bytes += chunk.Data.Length;
        }
        while (_bytes > MaxBytes && _leastRecent.First!.Value != part) Forget(_leastRecent.First.Value);
        if (part.Missing > 0) return null;

        Remove(part);
        var jpeg = part.Pieces.SelectMany(piece => piece!).ToArray();
        if (IsJpeg(jpeg)) return new ReceivedCrop(chunk.Id, chunk.Node, chunk.Event, jpeg);
        error = "a crop that is no JPEG";
        return null;
    }

    private Part Begin(CropChunk chunk)
    {
        if (_leastRecent.Count(part => part.Key.Node == chunk.Node) >= MaxPerNode)
            Forget(_leastRecent.First(part => part.Key.Node == chunk.Node));
        var begun = new Part((chunk.Node, chunk.Id), chunk.Event, chunk.Count);
        _parts.Add(begun.Key, begun);
        _leastRecent.AddLast(begun.Place);
        return begun;
    }

    private void ForgetOld()
    {
        while (_leastRecent.First is { Value: var oldest } && time.GetElapsedTime(oldest.LastAt) > Timeout)
            Forget(oldest);
    }

    private void Forget(Part part)
    {
        Remove(part);
        Forgotten++;
    }

    private void Remove(Part part)
    {
        _parts.Remove(part.Key);
        _leastRecent.Remove(part.Place);
        _bytes -= part.Bytes;
    }

    // SOI with the next marker's first byte, and EOI (ITU-T T.81, annex B): the browser, not we, decodes the rest.
    private static bool IsJpeg(ReadOnlySpan<byte> data) =>
        data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) && data.EndsWith((ReadOnlySpan<byte>)[0xFF, 0xD9]);

    private sealed class Part
    {
        public Part((string Node, Guid Id) key, Guid @event, int count)
        {
            Key = key;
            Event = @event;
            Pieces = new byte[]?[count];
            Missing = count;
            Place = new LinkedListNode<Part>(this);
        }

        /// <summary>A node that starts a crop again on a better or worse line cuts it into fewer or more chunks.</summary>
        public bool IsCutOtherwise(CropChunk chunk) =>
            Pieces.Length != chunk.Count
            || (Pieces[chunk.Index] is { } had && had.Length != chunk.Data.Length);

        public (string Node, Guid Id) Key { get; }
        public Guid Event { get; }
        public byte[]?[] Pieces { get; }
        public LinkedListNode<Part> Place { get; }
        public int Missing { get; set; }
        public long Bytes { get; set; }
        public long LastAt { get; set; }
    }
}
