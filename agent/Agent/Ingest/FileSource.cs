using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>
/// A clip or picture file, read once from start to end, as fast as frames are requested (or in real time).
/// </summary>
internal sealed class FileSource : IFrameSource
{
    // Only demuxers of plain media files: no playlists, scripts or patterns that would open other files.
    private const string Formats =
        "mov,matroska,avi,mpegts,mpeg,mpegvideo,h264,hevc,mjpeg,flv,asf,ivf,obu,gif,apng,ogg,m4v,yuv4mpegpipe";

    /// <summary>Disk reads may hang (network shares), but not forever.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    private static readonly ReadLimits Limits = new(ReadLimit, ReadLimit, TimeSpan.MaxValue);

    /// <summary>In real time, a gap in the clip is waited out for at most this long, since a camera would not be silent for longer
    /// either.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly SourceOptions _options;
    private readonly LibavStream? _clip;
    private readonly PictureDecoder? _picture;
    private readonly long _pictureBytes;
    private readonly Orientation _turn;
    private readonly bool _isCutShort;
    private readonly DateTimeOffset _startedAt;
    private long _number;
    private ClipClock _clock;
    private TimeSpan _time;
    private long _started;

    private FileSource(
        string path, SourceOptions options, LibavStream? clip, PictureDecoder? picture, long bytes, Orientation turn,
        bool isCutShort = false)
    {
        DisplayName = path;
        _options = options;
        _clip = clip;
        _picture = picture;
        _pictureBytes = bytes;
        _turn = turn;
        _isCutShort = isCutShort;
        if (clip is not null) _clock = new ClipClock(clip.TimeBase, clip.FrameRate);
        _startedAt = options.Time.GetUtcNow();
    }

    public string DisplayName { get; }

    public DecodeEffort Effort
    {
        get => _clip?.Effort ?? DecodeEffort.Full;
        set
        {
            if (_clip is not null) _clip.Effort = value;
        }
    }

    public long BytesRead => _clip?.BytesRead ?? _pictureBytes;
    public long BadPackets => _clip?.BadPackets ?? 0;

    /// <summary>
    /// Opens the picture or clip at <paramref name="path"/>; its content decides what it is, not its name.
    /// </summary>
    /// <exception cref="SourceException">The file does not exist, may not be read, or is neither.</exception>
    public static FileSource Open(string path, SourceOptions options, CancellationToken cancel = default)
    {
        LibavSelfCheck.Verify();
        try
        {
            using var stream = OpenForRead(path);
            var file = stream.SafeFileHandle;
            var size = RandomAccess.GetLength(file);
            if (size == 0) throw Failure(SourceErrorKind.Unreadable, path, "the file is empty");
            Span<byte> head = stackalloc byte[UnreadKinds.HeadBytes];
            head = head[..RandomAccess.Read(file, head, 0)];
            if (UnreadKinds.Name(path, head) is { } kind)
                throw Failure(SourceErrorKind.Unsupported, path, $"is {kind}, which is not supported; save it as JPEG or PNG");
            var decoder = PictureDecoder.NameFor(head);
            // A motion-JPEG clip starts like a picture.
            if (decoder is null || Path.GetExtension(path).ToLowerInvariant() is ".mjpeg" or ".mjpg")
            {
                var isCutShort = ClipFile.IsCutShort(file, size);
                var clip = OpenClip(path, cancel);
                return new FileSource(path, options, clip, null, 0, clip.Turn, isCutShort);
            }
            var picture = OpenPicture(path, decoder, file, size, out var turn);
            return new FileSource(path, options, null, picture, size, turn);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(SourceErrorKind.Unreadable, path, $"can't be read ({FirstLine(e.Message)})");
        }
    }

    public bool TryRead(Frame frame, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        frame.Clear();
        var picture = frame.Memory<LibavPicture>();
        if (!(_clip is null ? ReadPicture(picture) : ReadClip(_clip, picture, cancel))) return false;
        if (picture.GiveTo(frame, _turn) is { } complaint)
            throw Failure(SourceErrorKind.Unsupported, DisplayName, complaint);
        frame.Number = _number++;
        frame.Time = _time;
        frame.At = _startedAt + _time;
        frame.DecodedTimestamp = Stopwatch.GetTimestamp();
        if (_options.RealTime) WaitUntilDue(frame, cancel);
        return true;
    }

    public void Dispose()
    {
        _clip?.Dispose();
        _picture?.Dispose();
    }

    private static FileStream OpenForRead(string path)
    {
        if (Directory.Exists(path))
            throw Failure(SourceErrorKind.Unsupported, path, "is a folder, not a picture or clip");
        if (!File.Exists(path))
        {
            // What .NET substitutes for bytes that are not UTF-8; no file has that name.
            const char Unreadable = '\uFFFD';
            throw Failure(
                SourceErrorKind.NotFound, path,
                path.Contains(Unreadable) ? "its name is not UTF-8, so it can't be opened; rename it" : "no such file");
        }
        return BoundedFile.Open(path);
    }

    private static LibavStream OpenClip(string path, CancellationToken cancel)
    {
        // "file:" and the whitelists: the name is never treated as an address, nor the content as a list of addresses.
        var options = new Dictionary<string, string>
        {
            ["protocol_whitelist"] = "file",
            ["format_whitelist"] = Formats,
        };
        try
        {
            return LibavStream.Open(
                "file:" + Path.GetFullPath(path), options, probe: true, oneConnection: false, codecs: null, ReadLimit, cancel);
        }
        catch (LibavException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw e switch
            {
                { Interrupted: true } => Failure(
                    SourceErrorKind.Unreadable, path, $"can't be read within {ReadLimit.TotalSeconds:0} s"),
                { Code: AvError.StreamNotFound } => Failure(SourceErrorKind.Unsupported, path, "has no pictures in it"),
                { Code: AvError.DecoderNotFound } => Failure(
                    SourceErrorKind.Unsupported, path, "no decoder for its video is installed"),
                _ => Failure(
                    SourceErrorKind.Unreadable, path, $"is not a picture or clip, or is cut short ({e.Message})"),
            };
        }
    }

    private static PictureDecoder OpenPicture(
        string path, string decoder, SafeFileHandle file, long size, out Orientation turn)
    {
        if (size > PictureLimits.FileBytes)
        {
            throw Failure(
                SourceErrorKind.Unsupported, path,
                $"is a picture file of {size >> 20} MiB (up to {PictureLimits.FileBytes >> 20})");
        }
        PictureDecoder picture;
        try
        {
            picture = PictureDecoder.Open(decoder);
        }
        catch (LibavException)
        {
            throw Failure(SourceErrorKind.Unsupported, path, $"the installed FFmpeg has no {decoder} decoder");
        }
        var content = picture.Reserve((int)size);
        var read = 0;
        while (read < content.Length)
        {
            var got = RandomAccess.Read(file, content[read..], read);
            if (got == 0) break;
            read += got;
        }
        turn = PictureNote.Read(decoder, content[..read]);
        if (read == content.Length && (decoder != "mjpeg" || JpegFile.IsComplete(content))) return picture;
        picture.Dispose();
        throw Failure(SourceErrorKind.Unreadable, path, "the picture is cut short");
    }

    private bool ReadPicture(LibavPicture picture)
    {
        if (_number > 0) return false;
        var result = _picture!.Decode(picture.Handle);
        _time = TimeSpan.Zero;
        if (result >= 0) return true;
        throw Failure(
            SourceErrorKind.Unreadable, DisplayName,
            $"the picture is damaged, cut short, or too large: up to {PictureLimits.Side} a side and "
            + $"{PictureLimits.Pixels / 1_000_000} megapixels ({AvError.Describe(result)})");
    }

    private bool ReadClip(LibavStream clip, LibavPicture picture, CancellationToken cancel)
    {
        switch (clip.Read(picture.Handle, Limits, cancel))
        {
            case StreamRead.Picture:
                _time = _clock.Next(picture.Handle.Timestamp);
                return true;
            case StreamRead.End when _number > 0 && (_isCutShort || clip.EndsWithinPacket):
                throw Failure(
                    SourceErrorKind.Unreadable, DisplayName,
                    $"is cut short: {_number} frames, up to {_time.TotalSeconds:0.0} s, could be read; get the whole file");
            case StreamRead.End when _number > 0:
                return false;
            case StreamRead.End:
                throw Failure(SourceErrorKind.Unreadable, DisplayName, "no frame of the clip can be decoded");
            case StreamRead.Interrupted:
                cancel.ThrowIfCancellationRequested();
                throw Failure(
                    SourceErrorKind.Unreadable, DisplayName,
                    $"gave no further frame within {ReadLimit.TotalSeconds:0} s");
            default:
                throw Failure(
                    SourceErrorKind.Unreadable, DisplayName,
                    $"is damaged or cut short after {_number} frames ({AvError.Describe(clip.Error)})");
        }
    }

    private void WaitUntilDue(Frame frame, CancellationToken cancel)
    {
        if (_started == 0) _started = frame.DecodedTimestamp;
        var wait = frame.Time - Stopwatch.GetElapsedTime(_started);
        if (wait > LongestWait) _started -= (long)(wait.TotalSeconds * Stopwatch.Frequency); // due now, the rest after it
        else if (wait > TimeSpan.Zero) cancel.WaitHandle.WaitOne(wait);
        cancel.ThrowIfCancellationRequested();
        frame.DecodedTimestamp = Stopwatch.GetTimestamp();
    }

    private static SourceException Failure(SourceErrorKind kind, string path, string what) =>
        new(kind, $"{path}: {what}");

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd();
}

/// <summary>
/// Gives each frame of a clip its time since the start: from the clip's timestamps where they are plausible, otherwise one frame interval
/// after the last one.
/// </summary>
/// <param name="frameRate">Of the clip, if it states one.</param>
internal struct ClipClock(AvRational timeBase, AvRational frameRate)
{
    /// <summary>Frames a second. No site camera films faster; a clip that claims to (1000 is usual) has timestamps from a wrong
    /// rate.</summary>
    private const int FastestRate = 250;

    /// <summary>Motion-triggered recorders leave gaps of minutes; anything longer means a clock was set.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromHours(1);

    private readonly bool _isRateTrue = !frameRate.IsValid || frameRate.Numerator <= (long)FastestRate * frameRate.Denominator;
    private TimeSpan _last = TimeSpan.FromTicks(-1);
    private TimeSpan? _theirs;

    /// <summary>The time of the next frame: zero, then always later than the one before.</summary>
    /// <param name="timestamp">In units of the time base, or <see cref="LibavStream.NoTimestamp"/>.</param>
    public TimeSpan Next(long timestamp)
    {
        var before = _theirs;
        var hasTime = timestamp != LibavStream.NoTimestamp && timeBase.IsValid && _isRateTrue;
        _theirs = hasTime ? timeBase.Times(timestamp) : before + Interval;
        if (_last < TimeSpan.Zero) return _last = TimeSpan.Zero;
        var step = hasTime && _theirs is { } now && before is { } then ? now - then : TimeSpan.Zero;
        return _last += step > TimeSpan.Zero && step <= LongestGap ? step : Interval;
    }

    // 25 frames a second when the clip states nothing plausible.
    private readonly TimeSpan Interval => _isRateTrue && frameRate.IsValid
        ? TimeSpan.FromSeconds(Math.Min((double)frameRate.Denominator / frameRate.Numerator, LongestGap.TotalSeconds))
        : TimeSpan.FromMilliseconds(40);
}

/// <summary>
/// What must be known about a JPEG file beyond its picture: libavcodec silently paints the missing part of a truncated file gray.
/// </summary>
internal static class JpegFile
{
    /// <summary>
    /// The file has its end marker (EOI) after the picture's data, outside the segments (a thumbnail within has its
    /// own). ITU-T T.81, B.1.
    /// </summary>
    public static bool IsComplete(ReadOnlySpan<byte> file)
    {
        const byte Marker = 0xFF, EndOfImage = 0xD9, StartOfScan = 0xDA;
        var at = 2; // after SOI
        while (at + 4 <= file.Length && file[at] == Marker)
        {
            var kind = file[at + 1];
            if (kind == EndOfImage) return true;
            if (kind == Marker) // fill byte
            {
                at++;
                continue;
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (kind == StartOfScan) break;
        }
        // Entropy-coded data escapes its FF bytes, so the first FF D9 is the end. Later scans begin with tables, whose bytes may look like
        // it: a file truncated after that then counts as complete, and is decoded as far as it goes.
        return at < file.Length && file[at..].IndexOf([Marker, EndOfImage]) >= 0;
    }
}
