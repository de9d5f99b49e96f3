namespace Picket.Wire;

/// <summary>How the node is.</summary>
public sealed record NodeHealthBody(double UptimeSeconds, long OutboxPending, CameraHealth[] Cameras);
