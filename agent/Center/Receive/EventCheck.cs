using System.Text;
using System.Text.Json;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Decides whether bytes from a node's topic are an event that may be stored.</summary>
internal static class EventCheck
{
    /// <summary>A trillion: more than any node will ever send, and a million of them can still be added up in 64
    /// bits.</summary>
    private const long MaxCount = 1_000_000_000_000;

    /// <summary>The event, or null with the reason for a log line.</summary>
    /// <param name="node">The node that the topic belongs to; the broker lets nobody else write there.</param>
    public static ReceivedEvent? Read(string node, ReadOnlySpan<byte> utf8, out string error)
    {
        var envelope = WireJson.TryReadEvent(utf8, out error);
        if (envelope is null) return null;
        error = Fault(envelope, node) ?? "";
        return error.Length == 0 ? new ReceivedEvent(envelope, BodyText(utf8)) : null;
    }

    /// <summary>What a node declares whose outbox was damaged and set aside: it can not know how much was in
    /// it.</summary>
    public static bool IsOfUnknownExtent(NodeGapBody gap) => gap is { FirstSeq: 0, LastSeq: 0, Count: 0 };

    private static string? Fault(EventEnvelope envelope, string node)
    {
        if (envelope.Node != node) return $"says it is from node '{envelope.Node}'";
        if (envelope.Id == Guid.Empty || envelope.Epoch == Guid.Empty) return "has no id or no epoch";
        if (envelope.Seq < 1 || envelope.Rev < 0 || envelope.Mono < 0) return "has a seq, rev or mono out of range";
        if (envelope.Camera is { } camera && !Topics.IsName(camera))
            return "names its camera with a name that is not allowed";
        if (envelope.Passage is null != envelope.Phase is null)
            return "has a passage without a phase or a phase without a passage";
        if (envelope.Kind == EventKind.FaceMatch && envelope.Passage is null)
            return "is a face match without a passage";
        if (envelope.Body.Gap is { } gap && !IsOfUnknownExtent(gap)
            && (gap.FirstSeq < 1 || gap.LastSeq < gap.FirstSeq || gap.Count is < 0 or > MaxCount))
            return "declares an impossible gap";
        return envelope.Body.Health?.OutboxPending is < 0 or > MaxCount
            ? "has an impossible number of waiting events"
            : null;
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
