using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>The node declares that events were lost: nothing else makes a hole a gap.</summary>
/// <param name="FirstSeq">The first lost number; 0, with the others, when no number is known to be lost: an outbox that
/// was damaged, or what never got one.</param>
/// <param name="Count">How many numbers are lost between the first and the last: the others may be there.</param>
/// <param name="Reason">Why, in words; several are separated by "; ".</param>
/// <param name="Ranges">Exactly which, in order, at most <see cref="MaxRanges"/>; left out where they are more pieces, or
/// one piece, which first and last tell.</param>
/// <param name="Crops">How many pictures were lost with them or for the same reason; left out when none.</param>
/// <param name="Unnumbered">How many messages were left out before they got a number: health, and updates of reads whose
/// passage goes on; left out when none.</param>
public sealed record NodeGapBody(
    Guid Epoch, long FirstSeq, long LastSeq, long Count, string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SeqRange[]? Ranges = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Crops = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Unnumbered = null)
{
    /// <summary>64 pieces of 30 bytes are 2 kB: half a second of a 32 kbit/s line, for what happens once a
    /// day.</summary>
    public const int MaxRanges = 64;

    /// <summary>What a node declares that can not know how much is lost: of a damaged outbox, or of what never got a
    /// number.</summary>
    [JsonIgnore]
    public bool IsOfUnknownExtent => FirstSeq == 0 && LastSeq == 0 && Count == 0;

    /// <summary>Whether a center may believe it, and so whether a node may say it.</summary>
    [JsonIgnore]
    public bool IsSound =>
        (IsOfUnknownExtent || (new SeqRange(FirstSeq, LastSeq).IsSound && WireBounds.IsCount(Count)))
        && WireBounds.IsCount(Crops ?? 0) && WireBounds.IsCount(Unnumbered ?? 0)
        && (Ranges is null || (Ranges.Length <= MaxRanges && Ranges.All(range => range.IsSound)));
}
