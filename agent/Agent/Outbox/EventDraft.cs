using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>An event as decided; the outbox gives it id, epoch and seq when it commits it.</summary>
internal sealed record EventDraft(
    EventKind Kind,
    string? Camera,
    DateTimeOffset At,
    EventBody Body,
    Guid? Passage = null,
    PassagePhase? Phase = null,
    int Rev = 0)
{
    /// <summary>The id of the crop that the event names, or null.</summary>
    public Guid? Crop => Body.Face?.Crop ?? Body.Plate?.Crop;

    /// <summary>The same event without a picture: that a picture could not be made must not lose it.</summary>
    public EventDraft WithoutCrop() => this with
    {
        Body = Body with
        {
            Face = Body.Face is { } face ? face with { Crop = null } : null,
            Plate = Body.Plate is { } plate ? plate with { Crop = null } : null,
        },
    };
}
