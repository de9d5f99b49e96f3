using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest;

/// <summary>One picture in its source's native YUV, owned by exactly one holder at a time; <see cref="Dispose"/> returns it to its
/// pool.</summary>
/// <remarks>Owners in turn: the source that fills it, the latest-frame slot, the analysis thread, which disposes it. No reference counting.
/// The planes are where the source put them (a decoder's own memory, without a copy), which <see cref="IPictureMemory"/> keeps as long as
/// the frame is out.</remarks>
internal sealed class Frame : IDisposable
{
    private readonly FramePool _pool;
    private PlaneBuffer? _turned;
    private IPictureMemory? _memory;
    private PlanePointers _planes;
    private PlanePointers _adopted;
    private bool _bt709;
    private bool _fullRange;
    private TimeSpan? _arrived;

    /// <summary>Created only by the pool.</summary>
    internal Frame(FramePool pool) => _pool = pool;

    /// <summary>Counted by the source since it was opened, from 0.</summary>
    public long Number { get; internal set; }

    /// <summary>Since the start of the clip or stream, strictly later than the frame before: when the picture was taken; motion is
    /// calculated from it.</summary>
    public TimeSpan Time { get; internal set; }

    /// <summary>Since the start of a camera's stream on our own clock: paces our work, so that a camera's clock can't set our workload. For
    /// a clip it is <see cref="Time"/>, however fast the clip is read.</summary>
    public TimeSpan Arrived { get => _arrived ?? Time; internal set => _arrived = value; }

    /// <summary>UTC: arrival for cameras (a camera's clock is data, not truth), start of the run plus <see cref="Time"/> for
    /// clips.</summary>
    public DateTimeOffset At { get; internal set; }

    /// <summary><see cref="System.Diagnostics.Stopwatch"/> timestamp at the end of decode; latencies count from here.</summary>
    public long DecodedTimestamp { get; internal set; }

    /// <summary>The decoder concealed damage in it: shots from it count less.</summary>
    public bool Corrupt { get; internal set; }

    /// <summary>What must not be seen of it; set by the analysis before it looks, discarded with the picture.</summary>
    public MaskPlan? Masks { get; set; }

    /// <summary>In pixels, upright; 0 while the frame is empty.</summary>
    public int Width => _planes.Width;

    /// <summary>In pixels, upright; 0 while the frame is empty.</summary>
    public int Height => _planes.Height;

    /// <summary>The picture's planes, lent until the frame is disposed or read into again.</summary>
    public YuvPlanes Planes => Width > 0
        ? _planes.Lend(_bt709, _fullRange, Masks)
        : throw new InvalidOperationException("the frame holds no picture");

    /// <summary>Returns the planes to their source and the frame to its pool; calling it again does nothing.</summary>
    public void Dispose() => _pool.Return(this);

    /// <summary>What its source keeps with the frame from picture to picture; created on the first call, and recreated for another kind of
    /// source.</summary>
    internal T Memory<T>() where T : class, IPictureMemory, new()
    {
        if (_memory is T known) return known;
        FreeMemory();
        var made = new T();
        _memory = made;
        return made;
    }

    /// <summary>Takes over a picture held in <see cref="Memory"/>.</summary>
    /// <param name="planes">8 bits, upright as far as its source knows.</param>
    /// <param name="bt709">By BT.709, otherwise by BT.601.</param>
    /// <param name="fullRange">Samples of 0..255, otherwise 16..235.</param>
    internal void Adopt(in PlanePointers planes, bool bt709, bool fullRange) =>
        (_planes, _adopted, _bt709, _fullRange) = (planes, planes, bt709, fullRange);

    /// <summary>Turns the picture from how it was adopted: for pictures that lie on their side without saying so. Costs a copy.</summary>
    /// <returns>Null, or the reason why it can't be turned, for a message.</returns>
    internal string? TurnFurther(Orientation turn)
    {
        if (_adopted.Layout == PixelLayout.Nv12 && !turn.IsUpright) return "its pixel format can't be turned";
        _planes = turn.IsUpright ? _adopted : PlaneTurn.Run(_adopted, turn, _turned ??= new PlaneBuffer());
        return null;
    }

    /// <summary>Returns the planes to their source.</summary>
    internal void Clear()
    {
        _planes = _adopted = default;
        _arrived = null;
        Masks = null;
        _memory?.Release();
    }

    /// <summary>For the pool: the frame is no longer used.</summary>
    internal void FreeMemory()
    {
        _memory?.Dispose();
        _memory = null;
    }
}

/// <summary>The memory of a frame's planes. <see cref="IDisposable.Dispose"/> frees it.</summary>
internal interface IPictureMemory : IDisposable
{
    /// <summary>The planes are no longer read, until the next picture.</summary>
    void Release();
}
