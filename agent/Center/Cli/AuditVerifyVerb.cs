using System.CommandLine;
using Picket.Center.Audit;

namespace Picket.Center.Cli;

/// <summary><c>picket-center audit verify</c>: whether the audit log is as it was written.</summary>
internal static class AuditVerifyVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var head = new Option<string?>("--head")
        {
            Description = "A head that was noted earlier, from the center's journal or from this verb; it must be in the log.",
            HelpName = "HASH",
        };
        var command = new Command(
            "verify",
            """
            Checks the audit log (who looked at which picture, who admitted and revoked whom) line by line and prints its head.
            Each line holds the hash of the one before, so no single line can be changed or removed. Where the log ends is also kept
            in two other places (ca/audit.mark, and DIR.mark beside the folder), so a log that is gone, cut or replaced is reported.
            Somebody who may write all three could rewrite them: a head noted elsewhere, given with --head, reveals that.
            A log that was started because the previous one was gone is complete only together with it: cat OLD audit.log.

            Example:
              picket-center audit verify --state /var/lib/picket-center
            """)
        { state, head };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var noted = parsed.GetValue(head)?.Trim().ToLowerInvariant();
            var audit = new AuditLog(folder, TimeProvider.System);
            if (!File.Exists(folder.Audit))
            {
                if (audit.Fault(null) is { } gone)
                {
                    Console.Error.WriteLine($"picket-center: {gone}");
                    return (int)ExitCode.Failed;
                }
                Console.WriteLine($"audit log {folder.Audit}: there is none yet");
                return (int)(noted is null ? ExitCode.Done : ExitCode.Failed);
            }
            using var log = Open(folder.Audit);
            var fault = audit.Fault(log);
            log.Position = 0;
            var report = AuditChain.Verify(log, noted);
            Console.WriteLine(
                $"{report.Head.Count} lines in order, {report.First:yyyy-MM-dd HH:mm:ss} to {report.Last:yyyy-MM-dd HH:mm:ss} UTC");
            Console.WriteLine($"head {report.Head.Hash}");
            if (report.After is { } after)
                Console.Error.WriteLine(
                    $"picket-center: audit log {folder.Audit}: begins after line {after.Count} of a log that is not in this file "
                        + $"(head {after.Hash}): that log was gone");
            if (fault is not null) Console.Error.WriteLine($"picket-center: {fault}");
            if (report.Fault is not null) Console.Error.WriteLine($"picket-center: audit log {folder.Audit}: {report.Fault}");
            if (!report.HeadFound)
                Console.Error.WriteLine(
                    $"picket-center: audit log {folder.Audit}: the head {noted} is not in it: it was rewritten or cut");
            return (int)(report is { Fault: null, HeadFound: true, After: null } && fault is null ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"audit log {path}: can't be read ({e.Message.TrimEnd('.')})", inner: e);
        }
    }
}
