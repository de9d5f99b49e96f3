using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest.Libav;

/// <summary>A frame's libav part: the picture that the decoder fills, whose planes the frame reads in place. Only what no kernel reads
/// (RGB, gray, deep samples, pictures lying on their side) is converted, into memory kept here.</summary>
internal sealed class LibavPicture : IPictureMemory
{
    private readonly PlaneBuffer _converted = new();
    private readonly PlaneBuffer _turned = new();

    /// <summary>What the decoder decodes into.</summary>
    public FrameHandle Handle { get; } = new();

    /// <summary>Gives the picture just decoded into <see cref="Handle"/> to <paramref name="frame"/>, which owns this.</summary>
    /// <param name="turn">How the container says to turn the picture; the picture's own note takes precedence.</param>
    /// <returns>Null, or the reason why the picture can't be used, for a message.</returns>
    public string? GiveTo(Frame frame, Orientation turn)
    {
        int width = Handle.Width, height = Handle.Height;
        if (!PictureLimits.Allow(width, height))
        {
            return $"pictures of {width} x {height} are too large (up to {PictureLimits.Side} a side and "
                + $"{PictureLimits.Pixels / 1_000_000} megapixels)";
        }
        ref readonly var format = ref PixelFormats.Find(Handle.Format);
        if (format.Family == PixelFamily.Unknown)
            return $"the pixel format {PixelFormats.NameOf(Handle.Format)} is not supported";

        var own = Handle.Orientation;
        if (!own.IsUpright) turn = own;
        var native = PictureConversion.NativeLayout(Handle, format);
        var planes = native is { } layout && (turn.IsUpright || layout != PixelLayout.Nv12)
            ? PictureConversion.Wrap(Handle, layout)
            : PictureConversion.Convert(Handle, format, _converted);
        if (!turn.IsUpright) planes = PlaneTurn.Run(planes, turn, _turned);
        frame.Adopt(planes, IsBt709(format), IsFullRange(format));
        frame.Corrupt = Handle.Corrupt;
        return null;
    }

    public void Release() => AvUtil.UnrefFrame(Handle);

    public void Dispose() => Handle.Dispose();

    private bool IsFullRange(in PixelFormat format)
    {
        // AVColorRange
        const int Limited = 1, Full = 2;
        var range = Handle.ColorRange;
        // RGB was converted to JPEG's range. If unspecified, gray is a picture's, 0..255, and video is limited.
        return format.IsRgb || format.FullRange || range == Full || (range != Limited && format.Family == PixelFamily.Gray);
    }

    private bool IsBt709(in PixelFormat format)
    {
        // AVColorSpace (the codes of ISO/IEC 23091-2)
        const int Bt709 = 1, Unspecified = 2, Bt470Bg = 5, Smpte170M = 6;
        // If unspecified: high definition is BT.709, as players assume; the wide-gamut matrices are also closer to it.
        return !format.IsRgb && Handle.ColorSpace switch
        {
            Bt709 => true,
            Bt470Bg or Smpte170M => false,
            Unspecified => !format.FullRange && Handle.Height >= 720,
            _ => Handle.ColorSpace > Smpte170M,
        };
    }
}
