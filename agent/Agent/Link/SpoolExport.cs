using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>One pass over the outbox: writes what the center has not acknowledged, as far as it is not on the stick yet, to files
/// there, in the order of the line: alerts, reads, health, crops. The rows stay unsent.</summary>
internal sealed class SpoolExport(
    OutboxReader outbox, SpoolStick stick, SpoolSignature signature, SpoolNumbers numbers, TimeProvider time)
{
    /// <summary>Rows read at a time: 256 of 700 bytes.</summary>
    private const int ReadRows = 256;

    private const int ReadBytes = 1024 * 1024;

    /// <summary>With less room than this no file is started: its seal alone is 2 kB, and any stick is full some day.</summary>
    private const long LeastRoom = 64 * 1024;

    private readonly long[] _cursors = new long[Enum.GetValues<OutboxPriority>().Length];
    private long _cropCursor;

    /// <summary>True if the last <see cref="TryWriteFile"/> found more than the stick has room for.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Writes the next file; null if there is nothing more to write, or no room.</summary>
    /// <exception cref="IOException">The stick can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public SpoolWritten? TryWriteFile(CancellationToken cancel)
    {
        IsFull = false;
        if (!HasMore()) return null;
        var room = Math.Min(stick.Room, SpoolFile.MaxBytes);
        if (room < LeastRoom)
        {
            IsFull = true;
            return null;
        }
        var header = new SpoolHeader(
            EventEnvelope.SchemaVersion, signature.Node, outbox.Held()[0].Epoch, numbers.Next(), time.GetUtcNow());
        var path = Path.Combine(stick.Folder, header.EventsFile);
        var ids = new List<Guid>();
        using var writer = SpoolWriter.Create(path, header);
        bool Takes(int bytes) => writer.Takes(bytes) && writer.Bytes + bytes + SpoolFile.FrameBytes < room;
        var isDone = true;
        foreach (var priority in Enum.GetValues<OutboxPriority>())
            isDone = isDone && AddEvents(writer, priority, Takes, ids, cancel);
        var events = ids.Count;
        if (isDone) AddCrops(writer, Takes, ids, cancel);
        if (ids.Count == 0)
        {
            // Something is left that does not fit.
            IsFull = true;
            return null;
        }
        signature.Seal(writer);
        stick.Add(path, ids);
        return new SpoolWritten(path, events, ids.Count - events, new FileInfo(path).Length);
    }

    private bool HasMore() =>
        Enum.GetValues<OutboxPriority>().Any(priority => Rows(priority).Any()) || NextCrop() is not null;

    /// <summary>Reads from the cursor; stops before the first row that did not fit on the stick.</summary>
    private IEnumerable<OutboxRow> Rows(OutboxPriority priority)
    {
        while (outbox.ReadPending(priority, _cursors[(int)priority], ReadRows, ReadBytes) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
            {
                if (!stick.Has(row.Id)) yield return row;
                _cursors[(int)priority] = row.Seq;
            }
        }
    }

    private CropRow? NextCrop()
    {
        while (outbox.ReadPendingCrop(_cropCursor) is { } crop)
        {
            if (!stick.Has(crop.Id)) return crop;
            _cropCursor = crop.Seq;
        }
        return null;
    }

    /// <summary>False if nothing more fits in the file.</summary>
    private bool AddEvents(
        SpoolWriter writer, OutboxPriority priority, Func<int, bool> takes, List<Guid> ids, CancellationToken cancel)
    {
        foreach (var row in Rows(priority))
        {
            cancel.ThrowIfCancellationRequested();
            if (!takes(row.Body.Length)) return false;
            writer.AddEvent(row.Body);
            ids.Add(row.Id);
        }
        return true;
    }

    /// <summary>A whole crop always goes into one file.</summary>
    private void AddCrops(SpoolWriter writer, Func<int, bool> takes, List<Guid> ids, CancellationToken cancel)
    {
        while (NextCrop() is { } crop)
        {
            cancel.ThrowIfCancellationRequested();
            var chunks = CropChunks.Of(crop, signature.Node).ToArray();
            if (!takes(chunks.Sum(chunk => chunk.Length + 100))) return;
            foreach (var chunk in chunks) writer.AddCrop(chunk, crop.Id);
            ids.Add(crop.Id);
            _cropCursor = crop.Seq;
        }
    }
}

/// <summary>A file that was written to a stick.</summary>
internal sealed record SpoolWritten(string Path, int Events, int Crops, long Bytes);

/// <summary>Cuts a crop into messages.</summary>
internal static class CropChunks
{
    /// <returns>The JSON of each, in order.</returns>
    public static IEnumerable<byte[]> Of(CropRow crop, string node)
    {
        var count = (crop.Jpeg.Length + CropChunk.MaxDataBytes - 1) / CropChunk.MaxDataBytes;
        for (var i = 0; i < count; i++)
        {
            var from = i * CropChunk.MaxDataBytes;
            var data = crop.Jpeg[from..Math.Min(from + CropChunk.MaxDataBytes, crop.Jpeg.Length)];
            yield return WireJson.Write(
                new CropChunk(EventEnvelope.SchemaVersion, crop.Id, node, crop.Event, i, count, data));
        }
    }
}
