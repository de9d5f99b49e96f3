using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Picket.Center.Enroll;

namespace Picket.Center.Audit;

/// <summary>
/// The log of who looked at which picture and who changed what: a file that is only ever appended to, each line with the
/// hash of the one before. The running center and the verbs write to the same file, one at a time. Any thread.
/// </summary>
/// <remarks>
/// It shows that something was changed, not who is at fault: who can write the file can write all of it anew. Only a head
/// noted elsewhere (the center logs it at each start and end) tells that. A line is about 300 bytes; 10,000 looks a day are
/// 1 GB in a year, and nothing removes them.
/// </remarks>
internal sealed class AuditLog(string path, TimeProvider time)
{
    /// <summary>Another writer holds the file for one synced write, on a slow disk 100 ms; 5 s are 50 of them.</summary>
    private const int OpenAttempts = 250;

    private static readonly TimeSpan OpenPause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<(AuditEntry Entry, TaskCompletionSource Written)> _waiting = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Completes when the entry is on the disk. Those that wait for their turn are written with one sync.</summary>
    /// <exception cref="CenterException">It can not be written.</exception>
    public async Task Add(AuditEntry entry)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((entry, written));
        await _turn.WaitAsync();
        try
        {
            if (!written.Task.IsCompleted) await WriteWaiting();
        }
        finally
        {
            _turn.Release();
        }
        await written.Task;
    }

    /// <summary>The present end of the log.</summary>
    /// <exception cref="CenterException">It can not be read, or its last line is no line of it.</exception>
    public async Task<AuditHead> Head()
    {
        if (!File.Exists(path)) return new AuditHead(0, AuditLine.Nothing);
        await using var file = await Open();
        return End(file).Head;
    }

    private async Task WriteWaiting()
    {
        var batch = new List<(AuditEntry Entry, TaskCompletionSource Written)>();
        while (_waiting.TryDequeue(out var one)) batch.Add(one);
        try
        {
            await Append([.. batch.Select(one => one.Entry)]);
            foreach (var (_, written) in batch) written.SetResult();
        }
        catch (CenterException e)
        {
            foreach (var (_, written) in batch) written.SetException(e);
        }
    }

    private async Task Append(IReadOnlyList<AuditEntry> entries)
    {
        try
        {
            await using var file = await Open();
            var (head, length) = End(file);
            var text = new StringBuilder();
            void Put(AuditEntry entry)
            {
                var (line, hash) = AuditLine.Write(head.Count + 1, time.GetUtcNow(), entry, head.Hash);
                text.Append(line).Append('\n');
                head = new AuditHead(head.Count + 1, hash);
            }
            if (length < file.Length)
            {
                // Cut by a power loss before its sync ended: nobody was shown what it was to tell of.
                var cut = (file.Length - length).ToString(CultureInfo.InvariantCulture);
                file.SetLength(length);
                Put(new AuditEntry("center", null, AuditAct.Mend, $"{cut} bytes of an unfinished line removed"));
            }
            foreach (var entry in entries) Put(entry);
            file.Position = length;
            file.Write(Encoding.UTF8.GetBytes(text.ToString()));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>The file, locked against other writers (flock).</summary>
    private async Task<FileStream> Open()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = PrivateFiles.FileMode0600,
                });
            }
            catch (IOException) when (attempt < OpenAttempts)
            {
                await Task.Delay(OpenPause, time);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unusable(e);
            }
        }
    }

    /// <summary>The last whole line, and where it ends.</summary>
    private (AuditHead Head, long Length) End(FileStream file)
    {
        // The last whole line and, behind it, an unfinished one.
        var from = Math.Max(0, file.Length - 2 * AuditLine.MaxBytes);
        var tail = new byte[file.Length - from];
        file.Position = from;
        file.ReadExactly(tail);
        var end = tail.AsSpan().LastIndexOf((byte)'\n');
        if (end < 0 && from == 0) return (new AuditHead(0, AuditLine.Nothing), 0);
        var begin = end < 0 ? 0 : tail.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
        var error = "no line ends there";
        if (end < 0 || AuditLine.Read(tail.AsSpan(begin, end - begin), out error) is not { } line)
            throw new CenterException(
                $"audit log {path}: its last line {error}; check it with picket-center audit verify, then move it away and "
                    + "keep it: a new one is begun");
        return (new AuditHead(line.Number, line.Hash), from + end + 1);
    }

    private CenterException Unusable(Exception e) => new(
        $"audit log {path}: can not be written ({e.Message.TrimEnd('.')}); no picture is shown until it can", inner: e);
}
