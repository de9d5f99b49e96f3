using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Picket.Center.Enroll;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Imports what nodes without a line write to sticks: it is checked, stored and acknowledged like what comes over the
/// line, any number of times.</summary>
/// <remarks>The running center may use the same database. Nothing in a file is trusted before its signature
/// is verified.</remarks>
/// <param name="authorities">The authorities that may have certified a node.</param>
/// <param name="center">The center's own certificate with its key: it signs the acks.</param>
internal sealed class SpoolImport(
    CenterStore store, NodeRegistry nodes, X509Certificate2Collection authorities, X509Certificate2 center,
    ILogger log, TimeProvider time)
{
    /// <summary>As in <see cref="Inbox"/>; the running center never waits for more than one batch.</summary>
    private const int MaxBatch = 500;

    private readonly StoreAttempts _attempts = new(store, log, time);

    /// <summary>Imports a file and writes its acks.</summary>
    /// <param name="acksFolder">Where the acks go.</param>
    /// <exception cref="PicketException">The database can't be worked with: what is stored stays stored, and the file
    /// may be imported again.</exception>
    public async Task<ImportResult> ImportAsync(string path, string acksFolder, CancellationToken cancel)
    {
        using var file = Open(path, out var error);
        if (file is null) return new ImportResult(error);
        if (Refusal(file) is { } refusal) return new ImportResult(refusal);
        var batch = new Batch(file.Header.Node, time);
        var acknowledged = new List<Guid>();
        var (stored, duplicates, conflicts, crops) = (0, 0, 0, 0);
        foreach (var line in file.Lines)
        {
            await TakeAsync(batch, line, cancel);
            if (batch.Count >= MaxBatch) await CommitAsync();
        }
        await CommitAsync();
        var acksFile = Path.Combine(acksFolder, file.Header.AcksFile);
        return new ImportResult(
            null, stored, duplicates, conflicts, crops, batch.Refused, batch.FirstRefusal, acksFile,
            AcksFault: WriteAcks(acksFile, file.Header, acknowledged));

        async Task CommitAsync()
        {
            var result = await _attempts.RunAsync(
                () => store.CommitAsync(batch.Events, batch.Crops, time.GetUtcNow(), cancel), cancel);
            acknowledged.AddRange(result.Acknowledged.Select(one => one.Id).Concat(batch.StoredCrops));
            stored += result.Stored.Count;
            duplicates += result.Duplicates;
            conflicts += result.Conflicts.Count;
            crops += batch.Crops.Count;
            batch.Clear();
        }
    }

    private static SpoolFile? Open(string path, out string error)
    {
        try
        {
            return SpoolFile.TryOpen(path, out error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"can't be read ({e.Message.TrimEnd('.')})";
            return null;
        }
    }

    /// <summary>Why the whole file is refused, or null.</summary>
    private string? Refusal(SpoolFile file)
    {
        var node = file.Header.Node;
        if (file.Signer != node) return $"it is signed by '{PlainText.Of(file.Signer, 63)}', not by its node {node}";
        if (!file.IsSignedUnder(authorities)) return "its signer's certificate is not of this site";
        if (nodes.Find(node) is null) return $"node {node} is not on this site's list";
        return nodes.IsRevoked(node) ? $"node {node} is revoked: whoever holds its key may not be the node" : null;
    }

    private async Task TakeAsync(Batch batch, SpoolLine line, CancellationToken cancel)
    {
        switch (line.Kind)
        {
            case SpoolLineKind.Event:
                batch.AddEvent(line.Message.Span);
                break;
            case SpoolLineKind.Crop:
                if (batch.ReadChunk(line.Message.Span) is not { } chunk) break;
                if (await _attempts.RunAsync(() => store.HasCropAsync(chunk.Node, chunk.Id, cancel), cancel))
                    batch.StoredCrops.Add(chunk.Id);
                else batch.AddChunk(chunk);
                break;
            case SpoolLineKind.Ack:
                batch.Refuse("an ack, which only the center writes");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(line), line.Kind, "no such kind of line");
        }
    }

    /// <summary>Null, or why the acks can't be written: the other files on the stick can still be imported.</summary>
    private string? WriteAcks(string path, SpoolHeader events, List<Guid> acknowledged)
    {
        try
        {
            // From an earlier import of the same file; this one acknowledges at least as much.
            File.Delete(path);
            using var writer = SpoolWriter.Create(path, events with { Created = time.GetUtcNow() });
            foreach (var ids in acknowledged.Distinct().Chunk(Ack.MaxIds))
                writer.AddAck(new Ack(EventEnvelope.SchemaVersion, events.Node, ids));
            using var key = center.GetECDsaPrivateKey()
                ?? throw new InvalidOperationException("the center's certificate comes with its key");
            writer.Seal(key, center.ExportCertificatePem() + "\n");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the acks can't be written ({PlainText.Of(e.Message, 300).TrimEnd('.')}); name another folder with "
                + "--acks and import it again";
        }
    }

    /// <summary>What is to be committed next from one file.</summary>
    private sealed class Batch(string node, TimeProvider time)
    {
        private readonly CropAssembly _crops = new(time);

        public List<ReceivedEvent> Events { get; } = [];
        public List<ReceivedCrop> Crops { get; } = [];
        public List<Guid> StoredCrops { get; } = [];
        public int Refused { get; private set; }
        public string? FirstRefusal { get; private set; }
        public int Count => Events.Count + Crops.Count;

        public void AddEvent(ReadOnlySpan<byte> message)
        {
            if (EventCheck.Read(node, message, out var error) is { } received) Events.Add(received);
            else Refuse("an event that " + error);
        }

        public CropChunk? ReadChunk(ReadOnlySpan<byte> message)
        {
            var chunk = WireJson.TryReadChunk(message, out var error);
            if (chunk is not null && chunk.Node == node) return chunk;
            Refuse(chunk is null ? error : $"a crop that says it is from node '{chunk.Node}'");
            return null;
        }

        public void AddChunk(CropChunk chunk)
        {
            if (_crops.Add(chunk, out var error) is { } crop) Crops.Add(crop);
            else if (error.Length > 0) Refuse(error);
        }

        public void Refuse(string reason)
        {
            Refused++;
            FirstRefusal ??= PlainText.Of(reason);
        }

        public void Clear()
        {
            Events.Clear();
            Crops.Clear();
            StoredCrops.Clear();
        }
    }
}

/// <summary>The result of importing a file that was carried here by hand.</summary>
/// <param name="Error">Why nothing of it was imported, or null; then the rest says what was.</param>
/// <param name="Stored">Events that were not there before.</param>
/// <param name="Duplicates">Events that were there already.</param>
/// <param name="Conflicts">Events that claim a place another event holds; kept aside.</param>
/// <param name="Crops">Crops that were stored.</param>
/// <param name="Refused">Lines that are not a valid event or crop of this node; not acknowledged.</param>
/// <param name="FirstRefusal">Why the first of these was refused, or null.</param>
/// <param name="AcksFile">The file to carry back.</param>
/// <param name="AcksFault">Why there is nothing to carry back although all is stored, or null.</param>
internal sealed record ImportResult(
    string? Error, int Stored = 0, int Duplicates = 0, int Conflicts = 0, int Crops = 0, int Refused = 0,
    string? FirstRefusal = null, string? AcksFile = null, string? AcksFault = null)
{
    public bool IsWhole => Error is null && AcksFault is null && Refused == 0;
}
