using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>An event that passed all checks, with its body's own text: fields that this build does not know are
/// kept.</summary>
/// <param name="IsConflict">Its number, or its id, belongs to another event: it is kept beside that one, under a new id if the id
/// was taken.</param>
/// <param name="IsClockInDoubt">The node's clock is known to be wrong: the time of arrival says more than the stated
/// time.</param>
/// <param name="Foreign">Set for a kind that this build does not know: then the envelope's kind is not a value of
/// <see cref="EventKind"/>, and its body is empty.</param>
internal sealed record ReceivedEvent(EventEnvelope Envelope, string BodyJson, ForeignKind? Foreign = null,
    bool IsConflict = false, bool IsClockInDoubt = false)
{
    /// <summary>The kind as it is written on the wire.</summary>
    public string Kind => Foreign?.Name ?? WireNames.Of(Envelope.Kind);

    /// <summary>Whether a page has something to show for it.</summary>
    public bool HasMatter => Foreign is not null || Envelope.Body is { Face: not null } or { Plate: not null };
}

/// <summary>What is needed to keep and show an event from a later build: the name of its kind, and its whole text on one
/// line.</summary>
internal sealed record ForeignKind(string Name, string Json);
