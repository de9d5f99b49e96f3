using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>
/// The center's confirmation that messages are committed in its store; only this, never a PUBACK, frees a row of the outbox.
/// </summary>
/// <param name="Ids">Message ids, at most <see cref="MaxIds"/> of them; packed events are named by
/// <paramref name="Seqs"/> instead.</param>
/// <param name="Packed">The <see cref="PackedMessages.Version"/> that this center reads; left out by one that reads
/// no packed messages.</param>
/// <param name="Epoch">Of <paramref name="Seqs"/>.</param>
/// <param name="Seqs">First and last number of each range of the node's events, both included: 1, 20, 22, 22 are 21
/// events. At most <see cref="MaxRanges"/> ranges.</param>
/// <param name="Refused">What this center will never take, at most <see cref="MaxRefused"/>; a node of an earlier build
/// ignores it and keeps trying.</param>
public sealed record Ack(
    int V,
    string Node,
    Guid[] Ids,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Packed = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Epoch = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long[]? Seqs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AckRefusal[]? Refused = null)
{
    /// <summary>128 refusals of 65 bytes are as large as an ack can otherwise be.</summary>
    public const int MaxRefused = 128;

    /// <summary>256 ids are about 10 kB, a small MQTT message, and more than one window of events.</summary>
    public const int MaxIds = 256;

    /// <summary>As many as a packed message has messages; 128 ranges of long numbers are 5 kB.</summary>
    public const int MaxRanges = PackedMessages.MaxMessages;

    /// <summary>Whether <see cref="Seqs"/> names this event.</summary>
    public bool Covers(Guid epoch, long seq)
    {
        if (epoch != Epoch || Seqs is null) return false;
        for (var i = 0; i + 1 < Seqs.Length; i += 2)
        {
            if (seq >= Seqs[i] && seq <= Seqs[i + 1]) return true;
        }
        return false;
    }

    /// <summary>The acks that name <paramref name="seqs"/>, in any order, as compactly as possible.</summary>
    public static IEnumerable<Ack> OfSeqs(string node, Guid epoch, IEnumerable<long> seqs)
    {
        var ranges = new List<long>();
        foreach (var seq in seqs.Order())
        {
            if (ranges.Count > 0 && seq <= ranges[^1] + 1) ranges[^1] = seq;
            else ranges.AddRange([seq, seq]);
        }
        return ranges.Chunk(2 * MaxRanges)
            .Select(part => new Ack(EventEnvelope.SchemaVersion, node, [], PackedMessages.Version, epoch, part));
    }

    /// <summary>What is wrong with the parts that their types don't bound, or null.</summary>
    internal string? Fault()
    {
        if (!Topics.IsName(Node)) return "ack names no node";
        if (Ids.Length > MaxIds) return $"ack names {Ids.Length} ids, at most {MaxIds} are allowed";
        if (Refused is not null && (Refused.Length > MaxRefused || !Refused.All(refusal => refusal is { IsSound: true })))
            return "ack refuses too much, or what it refuses is no message";
        if (Seqs is null) return null;
        if (Epoch is null) return "ack names numbers without their epoch";
        if (Seqs.Length % 2 != 0 || Seqs.Length > 2 * MaxRanges)
            return $"ack names {Seqs.Length} ends of ranges, an even number up to {2 * MaxRanges} is allowed";
        for (var i = 0; i < Seqs.Length; i += 2)
        {
            if (!new SeqRange(Seqs[i], Seqs[i + 1]).IsSound) return "ack names a range that is none";
        }
        return null;
    }
}

/// <summary>The center's statement that it will never take a message: trying again is useless, and a person must look.</summary>
/// <remarks>The message is named by its own bytes: what the center could not read has no id and no number, and an id in
/// another node's name is not this node's. A node matches it against what it sent, so it can free no other row.</remarks>
/// <param name="Digest">As <see cref="DigestOf"/>.</param>
/// <param name="Reason"><see cref="Identity"/>, <see cref="Bounds"/>, <see cref="Unreadable"/>, or what only a later build
/// knows.</param>
public sealed record AckRefusal(byte[] Digest, string Reason)
{
    /// <summary>It claims to be from another node than the one on whose topic it came.</summary>
    public const string Identity = "identity";

    /// <summary>It contains impossible values.</summary>
    public const string Bounds = "bounds";

    /// <summary>It is not a message of the schema that it names, or names none.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Of SHA-256's 32: two messages of one node never collide in 128 bits.</summary>
    public const int DigestBytes = 16;

    internal bool IsSound => Digest.Length == DigestBytes && EventHeader.IsKindName(Reason);

    /// <summary>The first bytes of the SHA-256 of a message as it is before it is packed.</summary>
    public static byte[] DigestOf(ReadOnlySpan<byte> message) => SHA256.HashData(message)[..DigestBytes];

    /// <summary>Whether it is about this message.</summary>
    public bool Names(ReadOnlySpan<byte> digest) => digest.SequenceEqual(Digest);
}
