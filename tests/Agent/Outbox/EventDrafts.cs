using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Tests.Agent.Outbox;

/// <summary>Events as the node makes them, with padding to any size.</summary>
internal static class EventDrafts
{
    public static EventDraft Health(int padding = 0) => new()
    {
        At = DateTimeOffset.UnixEpoch,
        Kind = EventKind.CameraDown,
        Camera = "gate",
        Body = new EventBody { CameraState = new CameraStateBody(new string('x', padding)) },
    };

    public static EventDraft Alert(int padding = 0, byte[]? crop = null)
    {
        var id = Guid.CreateVersion7();
        var face = new FaceMatchBody(
            new string('p', padding), "watch", 0.5f, 0.4f, 7, DateTimeOffset.UnixEpoch, [1, 2, 3, 4], 0.9f, 3,
            crop is null ? null : id);
        return new EventDraft
        {
            At = DateTimeOffset.UnixEpoch,
            Kind = EventKind.FaceMatch,
            Camera = "gate",
            Passage = id,
            Phase = PassagePhase.End,
            Body = new EventBody { Face = face },
            Crop = crop is null ? null : new OutboxCrop(id, crop),
        };
    }

    public static EventDraft Gap(NodeGapBody gap) => new()
    {
        At = DateTimeOffset.UnixEpoch,
        Kind = EventKind.NodeGap,
        Body = new EventBody { Gap = gap },
    };
}
