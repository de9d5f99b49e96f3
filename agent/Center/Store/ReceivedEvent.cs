using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>An event that passed all checks, with its body's own text: fields that this build does not know are
/// kept.</summary>
internal sealed record ReceivedEvent(EventEnvelope Envelope, string BodyJson);
