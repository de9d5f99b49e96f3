using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Picket.Center.Enroll;

namespace Picket.Center.Audit;

/// <summary>
/// The log of who looked at which picture, who changed what and who was admitted: a file that is only ever appended to, each line
/// with the hash of the one before. Every act is logged before it is done. The running center and the verbs write to the same
/// file, one at a time. Any thread.
/// </summary>
/// <remarks>
/// Where it ends is also kept in two other places (<see cref="AuditMark"/>), so that a log that is gone, cut or replaced is noticed
/// at the next entry: a new file starts with the end of the old one, and one that lacks that end accepts no entry. Whoever can
/// write all three can rewrite them; only a head noted elsewhere (the center logs it at each start and end) reveals that. A line
/// has about 300 bytes; 10,000 looks a day are 1 GB in a year, and nothing removes them.
/// </remarks>
/// <param name="marks">The other places where its end is kept.</param>
internal sealed partial class AuditLog(string path, TimeProvider time, params AuditMark[] marks)
{
    /// <summary>Another writer holds the file for one synced write, 100 ms on a slow disk; 5 s are 50 of them.</summary>
    private const int OpenAttempts = 250;

    private const int LockExclusive = 2; // LOCK_EX, flock(2): the lock that FileShare.None takes

    // O_RDWR | O_CREAT | O_CLOEXEC (asm-generic/fcntl.h, as on x86-64 and arm64), and 0600.
    private const int OpenFlags = 0x2 | 0x40 | 0x80000;
    private const int OwnerReadWrite = 0x180;

    private static readonly TimeSpan OpenPause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<(AuditEntry Entry, TaskCompletionSource Written)> _waiting = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The log of a site.</summary>
    public AuditLog(StateFolder folder, TimeProvider time)
        : this(folder.Audit, time, new AuditMark(folder.AuditMark, lasting: false), new AuditMark(folder.LastingMark, lasting: true))
    {
    }

    /// <summary>Completes when the entry is on the disk. Entries that wait for their turn are written with one sync.</summary>
    /// <exception cref="PicketException">It can't be written, or is not the log that was written before.</exception>
    public async Task AddAsync(AuditEntry entry)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((entry, written));
        await _turn.WaitAsync();
        try
        {
            if (!written.Task.IsCompleted) await WriteWaitingAsync();
        }
        finally
        {
            _turn.Release();
        }
        await written.Task;
    }

    /// <summary>As <see cref="AddAsync"/>, for a step that does not wait: returns when the entry is on the
    /// disk.</summary>
    /// <exception cref="PicketException">As for <see cref="AddAsync"/>.</exception>
    public void Put(AuditEntry entry)
    {
        try
        {
            using var handle = NativeOpen(path, OpenFlags, OwnerReadWrite);
            // Waits in the kernel for other writers, each of which holds the lock for one synced write.
            if (handle.IsInvalid || Flock(handle, LockExclusive) != 0)
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            using var file = new FileStream(handle, FileAccess.ReadWrite);
            Append(file, [entry], accepted: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>The present end of the log.</summary>
    /// <exception cref="PicketException">It can't be read, or is not the log that was written before.</exception>
    public async Task<AuditHead> HeadAsync()
    {
        if (!File.Exists(path)) return AsMarked(accepted: false)?.Head ?? new AuditHead(0, AuditLine.Nothing);
        await using var file = await OpenAsync();
        return End(file, accepted: false).Head;
    }

    public string Path => path;

    /// <summary>True if lines were written before and the file is gone with them.</summary>
    public bool IsGone => !File.Exists(path) && marks.Any(mark => mark.Read() is { Head.Count: > 0 });

    /// <summary>What is wrong with the log compared with its marks, or null: for a check that changes nothing.</summary>
    /// <param name="file">The log; null if there is none.</param>
    public string? Fault(FileStream? file)
    {
        try
        {
            if (file is not null) CheckMarks(file, accepted: false);
            else if (AsMarked(accepted: false) is { Head.Count: > 0 } marked)
                return $"audit log {path}: is gone; it ended with line {marked.Head.Count}, head {marked.Head.Hash}";
            return null;
        }
        catch (PicketException e)
        {
            return e.Message;
        }
    }

    /// <summary>Continues a log, and a folder, that somebody has restored from a backup: its next line says so.</summary>
    /// <exception cref="PicketException">It can't be written.</exception>
    public async Task AcceptSetBackAsync(AuditEntry entry)
    {
        await using var file = await OpenAsync();
        Append(file, [entry], accepted: true);
    }

    private async Task WriteWaitingAsync()
    {
        var batch = new List<(AuditEntry Entry, TaskCompletionSource Written)>();
        while (_waiting.TryDequeue(out var one)) batch.Add(one);
        try
        {
            await using var file = await OpenAsync();
            Append(file, [.. batch.Select(one => one.Entry)], accepted: false);
            foreach (var (_, written) in batch) written.SetResult();
        }
        catch (PicketException e)
        {
            foreach (var (_, written) in batch) written.SetException(e);
        }
    }

    private void Append(FileStream file, IReadOnlyList<AuditEntry> entries, bool accepted)
    {
        try
        {
            var (head, length) = End(file, accepted);
            var text = new StringBuilder();
            void Put(AuditEntry entry)
            {
                var (line, hash) = AuditLine.Write(head.Count + 1, time.GetUtcNow(), entry, head.Hash);
                text.Append(line).Append('\n');
                head = new AuditHead(head.Count + 1, hash);
            }
            var begins = length == 0 && head.Count > 0;
            if (length < file.Length)
            {
                // Cut by a power loss before its sync ended: what it would have logged was not shown or done.
                var cut = (file.Length - length).ToString(CultureInfo.InvariantCulture);
                file.SetLength(length);
                Put(new AuditEntry("center", null, AuditAct.Mend, $"{cut} bytes of an unfinished line removed"));
            }
            if (begins)
                Put(new AuditEntry(
                    "center", null, AuditAct.Begin, $"a new file: the one before, which ended with line {head.Count}, is gone"));
            foreach (var entry in entries) Put(entry);
            var added = Encoding.UTF8.GetBytes(text.ToString());
            file.Position = length;
            file.Write(added);
            file.Flush(flushToDisk: true);
            var isChange = begins || entries.Any(entry => entry.Did is not (AuditAct.LookAtCrop or AuditAct.Refused));
            foreach (var mark in marks.Where(mark => isChange || !mark.IsLasting))
                mark.Write(new AuditPlace(head, length + added.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>The file, locked against other writers (flock).</summary>
    private async Task<FileStream> OpenAsync()
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

    /// <summary>The last whole line, and where it ends; for an empty file, the end of the previous one.</summary>
    private AuditPlace End(FileStream file, bool accepted)
    {
        CheckMarks(file, accepted);
        // The last whole line and, perhaps, an unfinished one after it.
        var (tail, from) = Tail(file, file.Length);
        var end = tail.AsSpan().LastIndexOf((byte)'\n');
        if (end < 0 && from == 0) return new AuditPlace(AsMarked(accepted)?.Head ?? new AuditHead(0, AuditLine.Nothing), 0);
        if (LineAt(tail, end, out var error) is not { } line)
            throw new PicketException(
                $"audit log {path}: its last line {error}; check it with picket-center audit verify, then move it away and "
                    + "keep it: a new log is started, and says so");
        return new AuditPlace(new AuditHead(line.Number, line.Hash), from + end + 1);
    }

    /// <summary>The line that ends at this place in the tail; null with the reason if none does.</summary>
    private static AuditLine? LineAt(byte[] tail, int end, out string error)
    {
        error = "is no line of this log";
        if (end < 0) return null;
        var begin = tail.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
        return AuditLine.Read(tail.AsSpan(begin, end - begin), out error);
    }

    /// <summary>The bytes before <paramref name="end"/>, enough for two lines, and where they start.</summary>
    private static (byte[] Bytes, long From) Tail(FileStream file, long end)
    {
        var from = Math.Max(0, end - 2 * AuditLine.MaxBytes);
        var tail = new byte[end - from];
        file.Position = from;
        file.ReadExactly(tail);
        return (tail, from);
    }

    /// <summary>True if the state folder's mark is older than the one outside of it: the folder was set back.</summary>
    public bool IsSetBack()
    {
        var (inner, outer) = Marks();
        return outer is { } last && (inner is not { } ours || ours.Head.Count < last.Head.Count
            || (ours.Head.Count == last.Head.Count && ours.Head.Hash != last.Head.Hash));
    }

    /// <summary>What the marks say; null if there is none yet.</summary>
    /// <exception cref="PicketException">The folder was set back.</exception>
    private AuditPlace? AsMarked(bool accepted)
    {
        var (inner, outer) = Marks();
        if (!accepted && IsSetBack())
            throw new PicketException(
                $"audit log {path}: line {outer!.Value.Head.Count} was written on this machine and is not in it: this folder was "
                    + "restored from a backup, and those shut out since may be admitted again; see picket-center run --help about "
                    + "--accept-restore");
        return inner ?? outer;
    }

    private (AuditPlace? Inner, AuditPlace? Outer) Marks() =>
        (marks.FirstOrDefault(mark => !mark.IsLasting)?.Read(), marks.FirstOrDefault(mark => mark.IsLasting)?.Read());

    /// <exception cref="PicketException">The log does not contain the line that was written last.</exception>
    private void CheckMarks(FileStream file, bool accepted)
    {
        if (AsMarked(accepted) is not { Head.Count: > 0 } marked || accepted || file.Length == 0) return;
        if (file.Length >= marked.Length)
        {
            var (tail, _) = Tail(file, marked.Length);
            if (LineAt(tail, tail.Length - 1, out _) is { } line && tail[^1] == '\n'
                && line.Number == marked.Head.Count && line.Hash == marked.Head.Hash) return;
        }
        throw new PicketException(
            $"audit log {path}: line {marked.Head.Count} of it, which was written last, is not in it or was changed: it was cut, "
                + "replaced or edited; check it with picket-center audit verify, then move it away and keep it: a new log is started, "
                + "and says so");
    }

    private PicketException Unusable(Exception e) => new(
        $"audit log {path}: can't be written ({e.Message.TrimEnd('.')}); nothing is shown or changed until it can", inner: e);

    // open(2): a descriptor, or -1.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle NativeOpen(string path, int flags, int mode);

    // flock(2): 0, or -1.
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}

/// <summary>Something that a person does, before it has its place in the log.</summary>
/// <param name="Who">An operator's name, <c>demo</c>, or <c>local:</c> and the user who ran a verb.</param>
/// <param name="From">The address it was done from, or null for a verb on the center's own machine.</param>
/// <param name="Did">One of <see cref="AuditAct"/>.</param>
/// <param name="What">What it was done to: a crop's id, a node's or an operator's name.</param>
internal sealed record AuditEntry(string Who, string? From, string Did, string What)
{
    /// <summary>An act of a verb on the center's own machine.</summary>
    public static AuditEntry Local(string did, string what) => new($"local:{Environment.UserName}", null, did, what);
}

/// <summary>The words of the audit log; scripts search for them, so they never change.</summary>
internal static class AuditAct
{
    public const string LookAtCrop = "crop.look";
    public const string Refused = "refused";
    public const string RevokeNode = "node.revoke";
    public const string AddOperator = "operator.add";
    public const string RevokeOperator = "operator.revoke";
    public const string Mend = "audit.mend";
    public const string Begin = "audit.begin";
    public const string MakeSite = "ca.init";
    public const string RotateAuthority = "ca.rotate";
    public const string EndAuthority = "ca.finish";
    public const string MakeCode = "node.add";
    public const string SignNode = "node.sign";
    public const string JoinNode = "node.join";
    public const string RenewNode = "node.renew";
    public const string Import = "import";
    public const string AcceptRestore = "restore.accept";
}

/// <summary>Where the log ends: noted elsewhere, it reveals later whether lines before it were changed.</summary>
/// <param name="Count">The number of lines.</param>
/// <param name="Hash">The hash of the last one.</param>
internal readonly record struct AuditHead(long Count, string Hash);

/// <summary>A head of the log, and where in the file its line ends.</summary>
/// <param name="Length">Bytes from the start of the file to the end of that line.</param>
internal readonly record struct AuditPlace(AuditHead Head, long Length);
