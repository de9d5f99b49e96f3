using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>What goes first over the line and is lost last from the disk.</summary>
internal enum OutboxPriority
{
    Alert = 0,
    Read = 1,
    Health = 2,
}

/// <summary>Which kind of event has which priority.</summary>
internal static class OutboxPriorities
{
    public static OutboxPriority Of(EventKind kind) => kind switch
    {
        // A gap is the last trace of what was lost: it goes out, and stays on the disk, like what it stands for.
        EventKind.FaceMatch or EventKind.PlateHit or EventKind.NodeGap => OutboxPriority.Alert,
        EventKind.PlateRead => OutboxPriority.Read,
        EventKind.CameraDown or EventKind.CameraUp or EventKind.NodeHealth or EventKind.ListApplied =>
            OutboxPriority.Health,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "an event kind without a priority"),
    };
}
