using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>The last of the links: while no endpoint answers, writes what the center has not acknowledged as signed
/// files to a stick, and reads the center's acks from there.</summary>
/// <remarks>It sends nothing through a session: between a file and its ack lie days and a person, so nothing is under
/// way, and nothing is sent again. Rows stay unsent until an ack arrives, whichever way.</remarks>
internal sealed partial class SpoolLink(
    OutboxStore outbox, NodeIdentity identity, SpoolConfig config, TimeProvider time, ILogger log)
{
    /// <summary>How long it takes at most until a stick is noticed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>A full outbox of 512 MB takes a slow stick longer; then the message does no harm.</summary>
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromMinutes(2);

    /// <summary>How many files of acks are read in one pass, and remembered as seen: as many as a stick has of the
    /// others.</summary>
    private const int MaxAcks = SpoolStick.MaxFiles;

    private readonly HashSet<(string Path, long Length, DateTime Written)> _seenAcks = [];
    private SpoolSignature? _signature;
    private SpoolStick? _stick;
    private long? _wroteAt;
    private string? _lastFault;

    /// <summary>Works until <paramref name="cancel"/> is set.</summary>
    /// <param name="silentFor">How long no endpoint has answered; zero while one does.</param>
    /// <exception cref="PicketException">The outbox has failed.</exception>
    public async Task RunAsync(Func<TimeSpan> silentFor, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        var medium = new ForeignMedium(time);
        try
        {
            do
            {
                var isSilent = silentFor() >= config.After;
                if (!await medium.TryAsync(() => LookAsync(isSilent, cancel), AnswersWithin, cancel))
                    LogSilent(log, PlainText.Of(config.Folder), AnswersWithin.TotalSeconds);
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    /// <summary>Applies the acks that are there; if there is no line, writes when the stick is new or it is time.</summary>
    internal async Task LookAsync(bool isSilent, CancellationToken cancel)
    {
        try
        {
            if (!IsPresent())
            {
                // The next one is a different stick, or this one with different files.
                (_stick, _wroteAt) = (null, null);
                _seenAcks.Clear();
                return;
            }
            // A renewed certificate is used from the next stick on.
            _signature ??= SpoolSignature.Load(identity);
            _stick ??= new SpoolStick(config.Folder, _signature.Node, _signature);
            await TakeAcksAsync(_signature, cancel);
            var isOther = _stick.Look();
            var isDue = _wroteAt is not { } wrote || time.GetElapsedTime(wrote) >= config.Every;
            if (isSilent && (isOther || isDue)) Write(_stick, _signature, cancel);
            _lastFault = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException
            || (e is PicketException && _signature is null))
        {
            if (e is SqliteException damage && OutboxFile.IsDamage(damage)) outbox.CheckFile();
            (_stick, _wroteAt, _signature) = (null, null, null);
            if (_lastFault != e.Message) LogFault(log, PlainText.Of(config.Folder), PlainText.Of(e.Message, 300));
            _lastFault = e.Message;
        }
    }

    private void Write(SpoolStick stick, SpoolSignature signature, CancellationToken cancel)
    {
        var export = new SpoolExport(
            outbox.Reader, stick, signature, new SpoolNumbers(identity.StateFolder), time);
        while (export.TryWriteFile(cancel) is { } file) LogWritten(log, PlainText.Of(file.Path, 300), file.Events, file.Crops);
        if (export.IsFull) LogFull(log, PlainText.Of(config.Folder));
        _wroteAt = time.GetTimestamp();
    }

    /// <summary>Removes from the stick what the center has answered, and its answers.</summary>
    private async Task TakeAcksAsync(SpoolSignature signature, CancellationToken cancel)
    {
        var files = Directory.EnumerateFiles(config.Folder, $"{signature.Node}-*{SpoolFile.AcksExtension}")
            .Take(MaxAcks).ToArray();
        foreach (var path in files)
        {
            // Report it once, not at each pass: what is bad, and what can't be deleted.
            if (_seenAcks.Count >= MaxAcks) _seenAcks.Clear();
            if (!_seenAcks.Add(Sight(path))) continue;
            if (SpoolAcks.TryRead(path, signature, out var error) is not { } lists)
            {
                LogBadAcks(log, PlainText.Of(path, 300), PlainText.Of(error, 300));
                continue;
            }
            var marked = 0;
            foreach (var ids in lists) marked += await outbox.MarkAckedAsync(ids, cancel);
            LogAcked(log, PlainText.Of(path, 300), marked);
            Delete(path);
        }
    }

    private static (string Path, long Length, DateTime Written) Sight(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return (path, file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (path, -1, default);
        }
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(Path.ChangeExtension(path, SpoolFile.EventsExtension));
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(log, PlainText.Of(path, 300), PlainText.Of(e.Message, 300));
        }
    }

    /// <summary>Whether the folder exists, on another disk than ours.</summary>
    private bool IsPresent() =>
        Directory.Exists(config.Folder)
        && (config.OnOwnDisk || MountOf(config.Folder) != MountOf(identity.StateFolder));

    private static string MountOf(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        var mount = "/";
        foreach (var drive in DriveInfo.GetDrives())
        {
            var root = Path.TrimEndingDirectorySeparator(drive.Name) + Path.DirectorySeparatorChar;
            if (root.Length > mount.Length && full.StartsWith(root, StringComparison.Ordinal)) mount = root;
        }
        return mount;
    }

    [LoggerMessage(1341, LogLevel.Information, "No line: {Events} events and {Crops} pictures are in {Path}; carry it to "
        + "the center, and its .acks file back")]
    private static partial void LogWritten(ILogger log, string path, int events, int crops);

    [LoggerMessage(1342, LogLevel.Information, "{Path}: the center has {Count} more events and pictures")]
    private static partial void LogAcked(ILogger log, string path, int count);

    [LoggerMessage(1343, LogLevel.Warning, "{Path} is ignored: {Reason}")]
    private static partial void LogBadAcks(ILogger log, string path, string reason);

    [LoggerMessage(1346, LogLevel.Warning, "{Path}: was applied, but can't be deleted: {Reason}")]
    private static partial void LogNotDeleted(ILogger log, string path, string reason);

    [LoggerMessage(1347, LogLevel.Warning, "{Folder} has not answered within {Seconds:F0} s: nothing is spooled until it "
        + "does. Pull it out, or unmount the share")]
    private static partial void LogSilent(ILogger log, string folder, double seconds);

    [LoggerMessage(1344, LogLevel.Warning, "{Folder} is full; the rest waits in the outbox. Insert another one")]
    private static partial void LogFull(ILogger log, string folder);

    [LoggerMessage(1345, LogLevel.Warning, "{Folder}: nothing can be written there now: {Reason}")]
    private static partial void LogFault(ILogger log, string folder, string reason);
}
