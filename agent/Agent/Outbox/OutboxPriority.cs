using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>What is sent first and deleted from the disk last.</summary>
internal enum OutboxPriority
{
    Alert = 0,
    Read = 1,
    Health = 2,
}

/// <summary>The priority of each kind of event.</summary>
internal static class OutboxPriorities
{
    public static OutboxPriority Of(EventKind kind) => kind switch
    {
        // A gap is the last trace of what was lost: it is sent, and kept on the disk, like what it stands for.
        EventKind.FaceMatch or EventKind.PlateHit or EventKind.NodeGap => OutboxPriority.Alert,
        EventKind.PlateRead => OutboxPriority.Read,
        EventKind.CameraDown or EventKind.CameraUp or EventKind.NodeHealth or EventKind.ListApplied =>
            OutboxPriority.Health,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "an event kind without a priority"),
    };
}
