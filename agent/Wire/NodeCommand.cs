using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>What the center asks a node to do, on <c>.../cmd</c>; idempotent, in any order.</summary>
/// <param name="Id">UUIDv7, one per command; for logs only.</param>
/// <param name="Node">The node it is for; a node ignores commands for another.</param>
/// <param name="Kind"><see cref="Resend"/>, <see cref="Renumber"/>, or what only a later build knows.</param>
/// <param name="Ranges">At most <see cref="MaxRanges"/>, and no more than <see cref="MaxBytes"/> hold:
/// <see cref="FittingRanges"/> always do.</param>
public sealed record NodeCommand(
    int V,
    Guid Id,
    string Node,
    DateTimeOffset At,
    string Kind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EpochRange[]? Ranges = null)
{
    /// <summary>Send the events of <see cref="Ranges"/> again, and declare those that are gone.</summary>
    public const string Resend = "resend";

    /// <summary>The numbers of <see cref="Ranges"/> are taken: the node was set back to an earlier state, or copied. It uses none of
    /// them, and declares that it does not know what it has lost.</summary>
    public const string Renumber = "renumber";

    /// <summary>One second of a 32 kbit/s line: a command never holds up acks for longer.</summary>
    public const int MaxBytes = 4096;

    public const int MaxRanges = 64;

    /// <summary>A range has at most 101 bytes and everything else 215: 38 ranges stay below <see cref="MaxBytes"/>.</summary>
    public const int FittingRanges = 38;
}
