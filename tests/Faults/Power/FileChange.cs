namespace Picket.Faults.Power;

/// <summary>What a program asked the system to do to a file, in the order in which the calls returned.</summary>
/// <param name="File">Its name without the folder; empty for the folder itself.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Offset">Of a write, or the new length.</param>
/// <param name="Bytes">What was written.</param>
internal sealed record FileChange(string File, FileChangeKind Kind, long Offset, byte[] Bytes);
