using System.Text.Json;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Tests.Center;

/// <summary>Events as a node would send them.</summary>
internal static class Events
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    public static EventEnvelope Face(
        string node, Guid epoch, long seq, Guid passage, PassagePhase phase, int rev, string person = "Ann Example",
        Guid? crop = null, float similarity = 0.71f) => new()
        {
            Id = Guid.CreateVersion7(),
            Node = node,
            Camera = "door",
            Epoch = epoch,
            Seq = seq,
            At = Noon.AddSeconds(seq),
            Mono = seq * 1_000_000_000,
            Kind = EventKind.FaceMatch,
            Passage = passage,
            Phase = phase,
            Rev = rev,
            Body = new EventBody
            {
                Face = new FaceMatchBody(
                    person, "staff", similarity, 0.47f, 25 * seq, Noon.AddSeconds(seq), [10, 20, 80, 90], 0.9f, 3, crop,
                    phase == PassagePhase.End ? "left" : null),
            },
        };

    /// <summary>A plate that was read, or one that is on a list.</summary>
    public static EventEnvelope Plate(
        string node, Guid epoch, long seq, Guid passage, PassagePhase phase, int rev, bool hit = false,
        string text = "LEB4821", Guid? crop = null) => new()
        {
            Id = Guid.CreateVersion7(),
            Node = node,
            Camera = "gate",
            Epoch = epoch,
            Seq = seq,
            At = Noon.AddSeconds(seq),
            Mono = seq * 1_000_000_000,
            Kind = hit ? EventKind.PlateHit : EventKind.PlateRead,
            Passage = passage,
            Phase = phase,
            Rev = rev,
            Body = new EventBody
            {
                Plate = new PlateReadBody(
                    text, 0.97f, [.. text.Select(_ => 0.99f)], 1, [10, 20, 80, 20], [10, 20, 90, 20, 90, 40, 10, 40],
                    25 * seq, 3, ["plate-detect 1.0.0", "plate-read 1.0.0"], "letters and number", "pk", Crop: crop,
                    Reason: phase == PassagePhase.End ? "left" : null),
                Hit = hit
                    ? new PlateHitBody(
                        "stolen", "0123456789ab", "case 4711", text, "exact", 0.97f, 0.33f, 0.0001, Guid.CreateVersion7())
                    : null,
            },
        };

    public static EventEnvelope Node(
        string node, Guid epoch, long seq, EventKind kind, EventBody body, string? camera = null) => new()
        {
            Id = Guid.CreateVersion7(),
            Node = node,
            Camera = camera,
            Epoch = epoch,
            Seq = seq,
            At = Noon.AddSeconds(seq),
            Mono = seq,
            Kind = kind,
            Body = body,
        };

    public static ReceivedEvent Received(this EventEnvelope envelope) =>
        new(envelope, JsonSerializer.Serialize(envelope.Body, WireJsonContext.Default.EventBody));
}
