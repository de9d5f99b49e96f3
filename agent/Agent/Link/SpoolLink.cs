using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>The last of the links: while no endpoint answers, writes what the center has not acknowledged as signed
/// files to a stick, and takes the center's acks from there.</summary>
/// <remarks>It sends nothing through a session: between a file and its ack are days and a person, so nothing is under
/// way, and nothing is sent again. Rows stay unsent until an ack comes, by whatever way.</remarks>
internal sealed partial class SpoolLink(
    OutboxStore outbox, NodeIdentity identity, SpoolConfig config, TimeProvider time, ILogger log)
{
    /// <summary>How long a stick waits until it is seen.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(10);

    private SpoolSignature? _signature;
    private SpoolStick? _stick;
    private long? _wroteAt;
    private string? _lastFault;
    private string? _lastBadAcks;

    /// <summary>Works until <paramref name="cancel"/> is set.</summary>
    /// <param name="silentFor">How long no endpoint has answered; zero while one does.</param>
    /// <exception cref="PicketException">The outbox has failed.</exception>
    public async Task RunAsync(Func<TimeSpan> silentFor, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(s_look, time);
        try
        {
            do await LookAsync(silentFor() >= config.After, cancel).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    /// <summary>Takes the acks that are there; writes, if there is no line, when the stick is new or it is time.</summary>
    internal async Task LookAsync(bool isSilent, CancellationToken cancel)
    {
        try
        {
            if (!IsPresent())
            {
                // The next one is another stick, or this one with other files.
                (_stick, _wroteAt) = (null, null);
                return;
            }
            // A renewed certificate is taken up with the next stick.
            _signature ??= SpoolSignature.Load(identity);
            _stick ??= new SpoolStick(config.Folder, _signature.Node, _signature);
            await TakeAcksAsync(_signature, cancel).ConfigureAwait(false);
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
            if (_lastFault != e.Message) LogFault(log, config.Folder, e.Message);
            _lastFault = e.Message;
        }
    }

    private void Write(SpoolStick stick, SpoolSignature signature, CancellationToken cancel)
    {
        var export = new SpoolExport(
            outbox.Reader, stick, signature, new SpoolNumbers(identity.StateFolder), time);
        while (export.TryWriteFile(cancel) is { } file) LogWritten(log, file.Path, file.Events, file.Crops);
        if (export.IsFull) LogFull(log, config.Folder);
        _wroteAt = time.GetTimestamp();
    }

    /// <summary>What the center has answered goes from the stick, and so does what it answers.</summary>
    private async Task TakeAcksAsync(SpoolSignature signature, CancellationToken cancel)
    {
        foreach (var path in Directory.GetFiles(config.Folder, $"{signature.Node}-*{SpoolFile.AcksExtension}"))
        {
            if (SpoolAcks.TryRead(path, signature, out var error) is not { } lists)
            {
                // Once, not at each look.
                if (_lastBadAcks != path) LogBadAcks(log, path, error);
                _lastBadAcks = path;
                continue;
            }
            var marked = 0;
            foreach (var ids in lists) marked += await outbox.MarkAckedAsync(ids, cancel).ConfigureAwait(false);
            LogAcked(log, path, marked);
            File.Delete(Path.ChangeExtension(path, SpoolFile.EventsExtension));
            File.Delete(path);
        }
    }

    /// <summary>Whether the folder is there, and on another disk than ours.</summary>
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

    [LoggerMessage(1344, LogLevel.Warning, "{Folder} is full; what is not on it waits in the outbox. Put in another one")]
    private static partial void LogFull(ILogger log, string folder);

    [LoggerMessage(1345, LogLevel.Warning, "{Folder}: nothing can be written there now: {Reason}")]
    private static partial void LogFault(ILogger log, string folder, string reason);
}
