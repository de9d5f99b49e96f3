using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// One opened video stream with its decoder: the loop of reading packets and decoding them. Used by one thread, except
/// <see cref="Effort"/>.
/// </summary>
internal sealed unsafe class LibavStream : IDisposable
{
    /// <summary>AV_NOPTS_VALUE.</summary>
    public const long NoTimestamp = long.MinValue;

    private const int Video = 0; // AVMEDIA_TYPE_VIDEO
    private const int DisplayMatrixSideData = 5; // AV_PKT_DATA_DISPLAYMATRIX

    private readonly FormatContextHandle _format;
    private readonly CodecContextHandle _codec;
    private readonly PacketHandle _packet = new();
    private readonly int _index;
    private bool _draining;
    private volatile DecodeEffort _effort;
    private DecodeEffort _appliedEffort;
    private CancellationToken _cancel;
    private CancellationTokenRegistration _registration;

    private LibavStream(FormatContextHandle format, CodecContextHandle codec, int index)
    {
        _format = format;
        _codec = codec;
        _index = index;
        var stream = format.Stream(index);
        var parameters = Parameters(stream);
        TimeBase = *(AvRational*)(stream + LibavLayout.StreamTimeBase);
        CodecId = *(int*)(parameters + LibavLayout.ParametersCodecId);
        Width = *(int*)(parameters + LibavLayout.ParametersWidth);
        Height = *(int*)(parameters + LibavLayout.ParametersHeight);
        FrameRate = AvFormat.GuessFrameRate(format, stream, 0);
        var matrix = AvFormat.StreamSideData(stream, DisplayMatrixSideData, out var size);
        if (matrix != null && size >= 36) Turn = Orientation.FromMatrix(matrix);
    }

    public AvRational TimeBase { get; }
    public AvRational FrameRate { get; }
    public int CodecId { get; }

    /// <summary>As stated by the container, or 0; it may change with every picture.</summary>
    public int Width { get; }
    public int Height { get; }

    /// <summary>How the container says to turn the pictures for display.</summary>
    public Orientation Turn { get; }

    /// <summary>How much is decoded; may be changed from any thread.</summary>
    public DecodeEffort Effort { get => _effort; set => _effort = value; }

    /// <summary>Of the video stream's packets.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Packets that the decoder refused.</summary>
    public long BadPackets { get; private set; }

    /// <summary>The last packet of the video stream was shorter than the container says.</summary>
    public bool EndsWithinPacket { get; private set; }

    /// <summary>The AVERROR of the read that failed.</summary>
    public int Error { get; private set; }

    /// <summary>Opens the best video stream of <paramref name="url"/>.</summary>
    /// <param name="options">Options of the demuxer and protocols.</param>
    /// <param name="probe">Reads ahead to learn what the container does not state; with a camera it would cost seconds.</param>
    /// <param name="oneConnection">Opens no second connection, whatever the other side says.</param>
    /// <param name="codecs">The names of the codecs that are read; null for all.</param>
    /// <exception cref="LibavException">It can't be opened, has no video, or takes longer than
    /// <paramref name="timeLimit"/>.</exception>
    public static LibavStream Open(
        string url, Dictionary<string, string> options, bool probe, bool oneConnection, string[]? codecs,
        TimeSpan timeLimit, CancellationToken cancel)
    {
        var format = FormatContextHandle.Open(
            url, options, oneConnection, timeLimit, cancel, out var error, out var interrupted)
            ?? throw new LibavException(error, interrupted);
        CodecContextHandle? codec = null;
        try
        {
            if (probe) Check(AvFormat.FindStreamInfo(format, 0), format);
            var index = Check(AvFormat.FindBestStream(format, Video, -1, -1, out var decoder, 0), format);
            var parameters = Parameters(format.Stream(index));
            var name = CodecName(*(int*)(parameters + LibavLayout.ParametersCodecId));
            if (codecs?.Contains(name) == false) throw new LibavException(AvError.DecoderNotFound, false, name);
            Check(CodecContextHandle.Open(decoder, parameters, out codec), format);
            return new LibavStream(format, codec!, index);
        }
        catch
        {
            codec?.Dispose();
            format.Dispose();
            throw;
        }
    }

    /// <summary>The library's name of a codec, such as <c>h264</c>.</summary>
    public static string CodecName(int codecId) => Marshal.PtrToStringUTF8(AvCodec.GetName(codecId))!;

    /// <summary>Decodes the next picture into <paramref name="frame"/>.</summary>
    /// <param name="cancel">Ends the read soon, as <see cref="StreamRead.Interrupted"/>; preferably the same token every time.</param>
    public StreamRead Read(FrameHandle frame, in ReadLimits limits, CancellationToken cancel)
    {
        if (_cancel != cancel) InterruptOn(cancel);
        if (_effort != _appliedEffort) SetEffort(_effort);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var result = AvCodec.ReceiveFrame(_codec, frame);
            if (result == 0) return StreamRead.Picture;
            if (result == AvError.EndOfFile) return Error == 0 ? StreamRead.End : StreamRead.Failed;
            if (result != AvError.TryAgain) BadPackets++;
            if (_draining)
            {
                // A drained decoder answers with a picture or the end; anything else must not hold the thread forever.
                if (result == AvError.TryAgain || cancel.IsCancellationRequested) return StreamRead.End;
                continue;
            }

            if (Stopwatch.GetElapsedTime(started) > limits.Picture) return StreamRead.NoPicture;
            _format.SetDeadline(BytesRead == 0 ? limits.FirstPacket : limits.Packet);
            result = AvFormat.ReadFrame(_format, _packet);
            // Checked first: after an interrupt the parser may still return the packet it held.
            if (_format.Interrupted)
            {
                AvCodec.UnrefPacket(_packet);
                return StreamRead.Interrupted;
            }
            if (result < 0)
                Drain(result);
            else
                Decode();
        }
    }

    public void Dispose()
    {
        _registration.Dispose(); // waits for a running interrupt
        _packet.Dispose();
        _codec.Dispose();
        _format.Dispose();
    }

    private static nint Parameters(nint stream) => *(nint*)(stream + LibavLayout.StreamParameters);

    private static int Check(int result, FormatContextHandle format) =>
        result >= 0 && !format.Interrupted ? result : throw new LibavException(result, format.Interrupted);

    // Registered once, not per read: the token of a run does not change.
    private void InterruptOn(CancellationToken cancel)
    {
        _registration.Dispose();
        _cancel = cancel;
        _registration = cancel.UnsafeRegister(static format => ((FormatContextHandle)format!).Interrupt(), _format);
    }

    private void SetEffort(DecodeEffort effort)
    {
        var (loopFilter, frames) = effort switch
        {
            DecodeEffort.Full => ("default", "default"),
            DecodeEffort.NoLoopFilter => ("all", "default"),
            DecodeEffort.ReferencesOnly => ("all", "noref"),
            DecodeEffort.KeyFramesOnly => ("all", "nokey"),
            _ => throw new ArgumentOutOfRangeException(nameof(effort)),
        };
        AvError.ThrowIfNegative(AvUtil.OptSet(_codec, "skip_loop_filter", loopFilter, 0), "skip_loop_filter");
        AvError.ThrowIfNegative(AvUtil.OptSet(_codec, "skip_frame", frames, 0), "skip_frame");
        _appliedEffort = effort;
    }

    private void Decode()
    {
        if (_packet.StreamIndex == _index)
        {
            BytesRead += _packet.Size;
            EndsWithinPacket = _packet.IsCut;
            // A bad packet is transient: the decoder continues with the next one.
            if (AvCodec.SendPacket(_codec, _packet) < 0) BadPackets++;
        }
        AvCodec.UnrefPacket(_packet);
    }

    // The decoder still holds the clip's last pictures; they are returned before the end or the error.
    private void Drain(int result)
    {
        if (result != AvError.EndOfFile) Error = result;
        _draining = true;
        if (AvCodec.SendEnd(_codec, 0) < 0) BadPackets++;
    }
}

/// <summary>How long to wait for a <see cref="LibavStream"/>.</summary>
/// <param name="FirstPacket">For the stream's first packet.</param>
/// <param name="Packet">For each packet after that.</param>
/// <param name="Picture">For a picture while packets come.</param>
internal readonly record struct ReadLimits(TimeSpan FirstPacket, TimeSpan Packet, TimeSpan Picture)
{
    public static ReadLimits All(TimeSpan limit) => new(limit, limit, limit);
}

/// <summary>How a read from a <see cref="LibavStream"/> ended.</summary>
internal enum StreamRead
{
    Picture,
    End,

    /// <summary>By the deadline or the caller's token; the stream can only be disposed.</summary>
    Interrupted,

    /// <summary>Packets arrive, but yielded no picture in time.</summary>
    NoPicture,

    /// <summary>With <see cref="LibavStream.Error"/>; the stream can only be disposed.</summary>
    Failed,
}
