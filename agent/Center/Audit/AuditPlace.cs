namespace Picket.Center.Audit;

/// <summary>A head of the log, and where in the file its line ends.</summary>
/// <param name="Length">Bytes from the begin of the file to the end of that line.</param>
internal readonly record struct AuditPlace(AuditHead Head, long Length);
