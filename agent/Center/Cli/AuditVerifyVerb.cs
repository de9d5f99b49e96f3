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
            Description = "A head that was noted earlier, from the center's journal or from this verb; it has to be in the log.",
            HelpName = "HASH",
        };
        var command = new Command(
            "verify",
            """
            Checks the audit log (who looked at which picture, who shut whom out) line by line and prints its head.
            Each line holds the hash of the one before, so no line can be changed or taken out alone. Somebody with the rights to
            write the file could write all of it anew: a head noted elsewhere, given with --head, shows that too.

            Example:
              picket-center audit verify --state /var/lib/picket-center
            """)
        { state, head };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var noted = parsed.GetValue(head)?.Trim().ToLowerInvariant();
            if (!File.Exists(folder.Audit))
            {
                Console.WriteLine($"audit log {folder.Audit}: there is none yet");
                return (int)(noted is null ? ExitCode.Done : ExitCode.Failed);
            }
            using var log = Open(folder.Audit);
            var report = AuditChain.Verify(log, noted);
            Console.WriteLine(
                $"{report.Head.Count} lines in order, {report.First:yyyy-MM-dd HH:mm:ss} to {report.Last:yyyy-MM-dd HH:mm:ss} UTC");
            Console.WriteLine($"head {report.Head.Hash}");
            if (report.Fault is not null) Console.Error.WriteLine($"picket-center: audit log {folder.Audit}: {report.Fault}");
            if (!report.HeadFound)
                Console.Error.WriteLine(
                    $"picket-center: audit log {folder.Audit}: the head {noted} is not in it: it was written anew or cut");
            return (int)(report is { Fault: null, HeadFound: true } ? ExitCode.Done : ExitCode.Failed);
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
            throw new CenterException($"audit log {path}: can not be read ({e.Message.TrimEnd('.')})", inner: e);
        }
    }
}
