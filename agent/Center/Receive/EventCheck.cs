using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Decides whether bytes from a node's topic are an event that may be stored.</summary>
internal static class EventCheck
{
    /// <summary>As deep as the wire's own messages may be.</summary>
    private const int MaxDepth = 8;

    /// <summary>
    /// The event, or null with the reason for a log line. For a kind that this build does not know, envelope and text
    /// are checked and kept: a node of a later build must not wait forever for its acknowledgment.
    /// </summary>
    /// <param name="node">The node that the topic belongs to; the broker lets nobody else write there.</param>
    public static ReceivedEvent? Read(string node, ReadOnlySpan<byte> utf8, out string error) =>
        Read(node, utf8, out error, out _);

    /// <inheritdoc cref="Read(string, ReadOnlySpan{byte}, out string)"/>
    /// <param name="forGood">One of the reasons in <see cref="AckRefusal"/> if no center will ever take these bytes from this
    /// node; null if another build might.</param>
    public static ReceivedEvent? Read(string node, ReadOnlySpan<byte> utf8, out string error, out string? forGood)
    {
        var received = WireJson.TryReadEvent(utf8, out error) is { } envelope
            ? new ReceivedEvent(envelope, BodyText(utf8))
            : ReadForeign(utf8, ref error);
        if (received is null)
        {
            forGood = WireJson.IsOfLaterSchema(utf8) ? null
                : WireJson.TryReadHeader(utf8, out _) is null ? AckRefusal.Unreadable
                : AckRefusal.Bounds;
            return null;
        }
        error = received.Envelope.Node == node
            ? WireJson.FaultOf(received.Envelope) ?? ""
            : $"says it is from node '{received.Envelope.Node}'";
        forGood = error.Length == 0 ? null
            : received.Envelope.Node == node ? AckRefusal.Bounds
            : AckRefusal.Identity;
        return forGood is null ? received : null;
    }

    /// <summary>
    /// An event of a kind from a later build, or null with the <paramref name="error"/> of the first check.
    /// </summary>
    private static ReceivedEvent? ReadForeign(ReadOnlySpan<byte> utf8, ref string error)
    {
        var header = WireJson.TryReadHeader(utf8, out _);
        if (header is null || WireNames.IsKnownKind(header.Kind)) return null;
        string text, bodyText;
        try
        {
            var node = JsonNode.Parse(utf8, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth })!;
            if (node["body"] is not JsonObject body)
            {
                error = "has no body";
                return null;
            }
            (text, bodyText) = (node.ToJsonString(), body.ToJsonString());
        }
        // The header's reader skips what it does not know. A string that is not text (bytes that are not UTF-8, half a
        // surrogate pair) or a duplicate field shows up here.
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            error = "has a field that is not text, or a field twice";
            return null;
        }
        var envelope = new EventEnvelope
        {
            V = header.V,
            Id = header.Id,
            Node = header.Node,
            Camera = header.Camera,
            Epoch = header.Epoch,
            Seq = header.Seq,
            At = header.At,
            Mono = header.Mono,
            Kind = (EventKind)(-1),
            Passage = header.Passage,
            Phase = header.Phase,
            Rev = header.Rev,
            Body = new EventBody(),
        };
        return new ReceivedEvent(envelope, bodyText, new ForeignKind(header.Kind, text));
    }

    /// <summary>The body's own text, with the fields of later versions that this build does not know.</summary>
    private static string BodyText(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName
                || !reader.ValueTextEquals("body"u8))
                continue;
            reader.Read();
            var from = (int)reader.TokenStartIndex;
            reader.Skip();
            return Encoding.UTF8.GetString(utf8[from..(int)reader.BytesConsumed]);
        }
        throw new InvalidOperationException("a message that was read has a body");
    }
}
