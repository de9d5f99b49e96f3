namespace Picket.Agent.Outbox;

/// <summary>What goes first over the line and is lost last from the disk.</summary>
internal enum OutboxPriority
{
    Alert = 0,
    Read = 1,
    Health = 2,
}
