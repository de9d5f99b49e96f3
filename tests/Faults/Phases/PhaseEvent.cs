namespace Picket.Faults.Phases;

/// <summary>One announcement.</summary>
/// <param name="Pid">Who said it.</param>
/// <param name="At">CLOCK_MONOTONIC, nanoseconds.</param>
/// <param name="Word">For instance <c>commit+</c>.</param>
/// <param name="Events">How many events it is about.</param>
/// <param name="Acks">How many acks it is about.</param>
internal readonly record struct PhaseEvent(int Pid, long At, string Word, int Events, int Acks);
