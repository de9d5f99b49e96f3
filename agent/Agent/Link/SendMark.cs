namespace Picket.Agent.Link;

/// <summary>How the line was when a message was sent.</summary>
/// <param name="At">Timestamp of the time provider.</param>
/// <param name="Delivered">Bytes that had arrived by then.</param>
/// <param name="IsBusy">At least half of the window was under way.</param>
internal readonly record struct SendMark(long At, long Delivered, bool IsBusy);
