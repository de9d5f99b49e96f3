using Picket.Agent.Imaging;
using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>
/// One decoded picture in the decoder's native YUV, owned by exactly one holder at a time; <see cref="Dispose"/> gives
/// it back to its pool.
/// </summary>
/// <remarks>
/// Owner in turn: the source that fills it, the latest-frame slot, the analysis thread, which disposes it. No reference
/// counts. The planes are the decoder's own, handed over without a copy; only what no kernel reads (RGB, gray, deep
/// samples, pictures that lie on their side) is converted, into memory that the frame keeps.
/// </remarks>
internal sealed class Frame : IDisposable
{
    private readonly FramePool _pool;
    private readonly PlaneBuffer _converted = new();
    private readonly PlaneBuffer _turned = new();
    private PlaneBuffer? _turnedFurther;
    private PlanePointers _planes;
    private PlanePointers _adopted;
    private bool _bt709;
    private bool _fullRange;
    private TimeSpan? _arrived;

    /// <summary>Made by the pool alone. Takes ownership of <paramref name="picture"/>.</summary>
    internal Frame(FramePool pool, FrameHandle picture)
    {
        _pool = pool;
        Picture = picture;
    }

    /// <summary>Counted by the source since it was opened, from 0.</summary>
    public long Number { get; internal set; }

    /// <summary>
    /// Since the start of the clip or stream, strictly later than the frame before: when the picture was taken, which
    /// motion is reckoned by.
    /// </summary>
    public TimeSpan Time { get; internal set; }

    /// <summary>
    /// Since the start of a camera's stream by our own clock: what work is paced by, so that no camera's clock says how
    /// much we do. Of a clip it is <see cref="Time"/>, however fast the clip is read.
    /// </summary>
    public TimeSpan Arrived { get => _arrived ?? Time; internal set => _arrived = value; }

    /// <summary>
    /// UTC: arrival for cameras (a camera's clock is data, not truth), start of the run plus <see cref="Time"/> for
    /// clips.
    /// </summary>
    public DateTimeOffset At { get; internal set; }

    /// <summary>
    /// <see cref="System.Diagnostics.Stopwatch"/> timestamp at the end of decode; latencies count from here.
    /// </summary>
    public long DecodedTimestamp { get; internal set; }

    /// <summary>The decoder concealed damage in it: shots of it count less.</summary>
    public bool Corrupt { get; internal set; }

    /// <summary>What must not be seen of it; set by the analysis before it looks, gone with the picture.</summary>
    public MaskPlan? Masks { get; set; }

    /// <summary>In pixels, upright; 0 while the frame is empty.</summary>
    public int Width => _planes.Width;

    /// <summary>In pixels, upright; 0 while the frame is empty.</summary>
    public int Height => _planes.Height;

    /// <summary>The picture's planes, lent until the frame is disposed or read into again.</summary>
    public YuvPlanes Planes => Width > 0
        ? _planes.Lend(_bt709, _fullRange, Masks)
        : throw new InvalidOperationException("the frame holds no picture");

    /// <summary>What the decoder decodes into.</summary>
    internal FrameHandle Picture { get; }

    /// <summary>Gives the planes back to the decoder and the frame to its pool; the second time does nothing.</summary>
    public void Dispose() => _pool.Return(this);

    /// <summary>Takes the picture just decoded into <see cref="Picture"/>.</summary>
    /// <param name="turn">How the container says the picture is to be turned; the picture's own word goes before
    /// it.</param>
    /// <returns>Null, or why the picture can't be used, for a message.</returns>
    internal string? Adopt(Orientation turn)
    {
        _planes = default;
        int width = Picture.Width, height = Picture.Height;
        if (!PictureLimits.Allow(width, height))
        {
            return $"pictures of {width} x {height} are too large (up to {PictureLimits.Side} a side and "
                + $"{PictureLimits.Pixels / 1_000_000} megapixels)";
        }
        ref readonly var format = ref PixelFormats.Find(Picture.Format);
        if (format.Family == PixelFamily.Unknown)
            return $"the pixel format {PixelFormats.NameOf(Picture.Format)} is not read";

        var own = Picture.Orientation;
        if (!own.IsUpright) turn = own;
        var native = FrameConversion.NativeLayout(Picture, format);
        _planes = native is { } layout && (turn.IsUpright || layout != PixelLayout.Nv12)
            ? FrameConversion.Wrap(Picture, layout)
            : FrameConversion.Convert(Picture, format, _converted);
        if (!turn.IsUpright) _planes = FrameConversion.Turn(_planes, turn, _turned);
        _adopted = _planes;
        SetColors(format);
        return null;
    }

    /// <summary>
    /// Turns the picture from how it was adopted: for those that lie on their side without a word. Costs a copy.
    /// </summary>
    /// <returns>Null, or why it can't be turned, for a message.</returns>
    internal string? TurnFurther(Orientation turn)
    {
        if (_adopted.Layout == PixelLayout.Nv12 && !turn.IsUpright) return "its pixel format can't be turned";
        _planes = turn.IsUpright
            ? _adopted
            : FrameConversion.Turn(_adopted, turn, _turnedFurther ??= new PlaneBuffer());
        return null;
    }

    /// <summary>Gives the planes back to the decoder.</summary>
    internal void Clear()
    {
        _planes = _adopted = default;
        _arrived = null;
        Masks = null;
        AvUtil.UnrefFrame(Picture);
    }

    private void SetColors(in PixelFormat format)
    {
        // AVColorRange and AVColorSpace (the codes of ISO/IEC 23091-2)
        const int Limited = 1, Full = 2, Bt709 = 1, Unspecified = 2, Bt470Bg = 5, Smpte170M = 6;
        var range = Picture.ColorRange;
        // RGB was converted to what JPEG has. Gray without a word is a picture's, 0..255; video without a word is
        // limited.
        _fullRange = format.IsRgb || format.FullRange || range == Full
            || (range != Limited && format.Family == PixelFamily.Gray);
        // Without a word: high definition is BT.709, as players take it; the wide-gamut matrices are nearer to it too.
        _bt709 = !format.IsRgb && Picture.ColorSpace switch
        {
            Bt709 => true,
            Bt470Bg or Smpte170M => false,
            Unspecified => !format.FullRange && Picture.Height >= 720,
            _ => Picture.ColorSpace > Smpte170M,
        };
    }
}
