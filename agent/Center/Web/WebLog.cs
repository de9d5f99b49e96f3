namespace Picket.Center.Web;

/// <summary>The log messages of this room.</summary>
internal static partial class WebLog
{
    [LoggerMessage(2140, LogLevel.Error, "console: nobody is let in: {Reason}")]
    public static partial void OperatorsUnreadable(ILogger log, string reason);

    [LoggerMessage(2141, LogLevel.Warning, "console: refused {Count} requests, the last by {Who} from {Address}: {Reason}")]
    public static partial void Refused(ILogger log, long count, string who, string address, string reason);

    [LoggerMessage(2144, LogLevel.Warning, "console: refused {Count} certificates, the last of '{Name}': {Reason}")]
    public static partial void CertificateRefused(ILogger log, long count, string name, string reason);

    [LoggerMessage(2145, LogLevel.Warning, "console: goes on with its present certificate: {Reason}")]
    public static partial void CertificateOld(ILogger log, string reason);

    [LoggerMessage(2142, LogLevel.Error, "console: {Reason}")]
    public static partial void AuditUnusable(ILogger log, string reason);

    [LoggerMessage(2150, LogLevel.Error,
        "audit log {Path}: is gone, though it had lines; a new one starts with the end of the old one. Find out who did it")]
    public static partial void AuditGone(ILogger log, string path);

    [LoggerMessage(2151, LogLevel.Error,
        "this folder was restored from a backup, which was accepted; admitted until shut out again: {Names}")]
    public static partial void RestoreAccepted(ILogger log, string names);

    [LoggerMessage(2152, LogLevel.Warning,
        "{Folder}: can't be created, so nothing outside of the state folder reveals when that is restored from a backup and those "
            + "who were shut out are admitted again; create it, writable for this user")]
    public static partial void NoLastingFolder(ILogger log, string folder);

    [LoggerMessage(2143, LogLevel.Information, "audit log: {Count} lines, head {Hash}; note it elsewhere")]
    public static partial void AuditHead(ILogger log, long count, string hash);
}
