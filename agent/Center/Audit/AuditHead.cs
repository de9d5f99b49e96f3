namespace Picket.Center.Audit;

/// <summary>Where the log ends: who notes it elsewhere can later tell whether lines before it were changed.</summary>
/// <param name="Count">The number of lines.</param>
/// <param name="Hash">The hash of the last one.</param>
internal readonly record struct AuditHead(long Count, string Hash);
