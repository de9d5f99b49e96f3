using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Which kind of event has which priority.</summary>
internal static class OutboxPriorities
{
    public static OutboxPriority Of(EventKind kind) => kind switch
    {
        EventKind.FaceMatch or EventKind.PlateHit => OutboxPriority.Alert,
        EventKind.PlateRead => OutboxPriority.Read,
        EventKind.CameraDown or EventKind.CameraUp or EventKind.NodeHealth or EventKind.NodeGap
            or EventKind.ListApplied =>
            OutboxPriority.Health,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "an event kind without a priority"),
    };
}
