using System.Security.Cryptography;
using System.Text.Json;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Faults.Node;

/// <summary>What the outbox has accepted, written down and synced after its commit returned: from a line's end on
/// nobody may say that there was no such event. For one writer.</summary>
/// <remarks>Read by the judge (packaging/verify-delivery.py). The last line may be cut by a kill: that event was not
/// accepted yet.</remarks>
internal sealed class AcceptedJournal : IDisposable
{
    private readonly FileStream _file;

    public AcceptedJournal(string path)
    {
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        // Ends the line that a kill has cut.
        if (_file.Position > 0) _file.WriteByte((byte)'\n');
    }

    public void Write(IEnumerable<(EventDraft Entry, EventEnvelope Event)> accepted)
    {
        foreach (var (entry, envelope) in accepted)
        {
            var body = JsonSerializer.SerializeToElement(envelope.Body, WireJsonContext.Default.EventBody);
            using (var json = new Utf8JsonWriter(_file))
            {
                json.WriteStartObject();
                json.WriteString("id", envelope.Id);
                json.WriteString("epoch", envelope.Epoch);
                json.WriteNumber("seq", envelope.Seq);
                if (envelope.Passage is { } passage) json.WriteString("passage", passage);
                json.WriteNumber("rev", envelope.Rev);
                json.WritePropertyName("body");
                body.WriteTo(json);
                if (entry.Crop is { } crop)
                {
                    json.WriteString("crop", crop.Id);
                    json.WriteString("sha256", Convert.ToHexStringLower(SHA256.HashData(crop.Jpeg)));
                }
                json.WriteEndObject();
            }
            _file.WriteByte((byte)'\n');
        }
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();
}
