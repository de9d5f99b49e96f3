using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>An event that passed all checks, with its body's own text: fields that this build does not know are
/// kept.</summary>
/// <param name="Foreign">Set for a kind that this build does not know: then the envelope's kind is no value of
/// <see cref="EventKind"/>, and its body is empty.</param>
internal sealed record ReceivedEvent(EventEnvelope Envelope, string BodyJson, ForeignKind? Foreign = null)
{
    /// <summary>The kind as it is written on the wire.</summary>
    public string Kind => Foreign?.Name ?? WireNames.Of(Envelope.Kind);

    /// <summary>Whether a page has something to show for it.</summary>
    public bool HasMatter => Foreign is not null || Envelope.Body is { Face: not null } or { Plate: not null };
}
