using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Picket.Host;

/// <summary>
/// Where both programs' logs go: one line a message on standard error; standard output is only for results. In systemd's journal,
/// which adds the time itself, each line starts with its priority (sd-daemon(3)), so that <c>journalctl -p warning</c> finds it.
/// </summary>
public static class StandardErrorLog
{
    public static ILoggingBuilder AddStandardError(this ILoggingBuilder logging)
    {
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { } stream
            && IsJournal(stream, File.ResolveLinkTarget("/proc/self/fd/2", false)?.Name))
            logging.AddSystemdConsole();
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });
        }
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return logging;
    }

    /// <summary>systemd.exec(5): the variable holds the device and the inode of the journal's socket, and is inherited by programs
    /// whose standard error leads elsewhere.</summary>
    /// <param name="stream">JOURNAL_STREAM.</param>
    /// <param name="standardError">What it is a link to: <c>socket:[INODE]</c>.</param>
    internal static bool IsJournal(string stream, string? standardError) =>
        stream.Split(':') is [_, var inode] && standardError == $"socket:[{inode}]";
}
