using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>From a frame's planes straight to a warped crop: planar tensor (CHW) or interleaved bytes; allocates
/// nothing per call.</summary>
/// <remarks>
/// Every output pixel is the mean of n x n bilinear samples, n = round(shrink) of its plane, so that strong shrinking
/// averages instead of aliasing. n is at most <see cref="SampleKernel.MaxGrid"/>; a stronger shrink (a 112 crop of a
/// face over 950 pixels) skips pixels evenly. What the frame's masks hide becomes black. Owns its scratch rows, so only
/// one thread at a time.
/// </remarks>
internal sealed class AffineCrop
{
    private readonly KernelIsa _isa;
    private readonly BorderMode _border;
    private readonly AlignedBuffer<int> _luma;
    private readonly AlignedBuffer<int> _blue;
    private readonly AlignedBuffer<int> _red;
    private readonly AlignedBuffer<byte> _bytes;
    private readonly bool[] _hidden;

    /// <param name="width">Output width in pixels.</param>
    /// <param name="height">Output height in pixels.</param>
    /// <param name="format">What the output holds; interleaved output has the same channel order.</param>
    /// <param name="border">What lies beyond the frame.</param>
    /// <param name="isa">Instruction set; this machine's best if null.</param>
    /// <exception cref="PlatformNotSupportedException">This machine lacks <paramref name="isa"/>.</exception>
    public AffineCrop(
        int width, int height, TensorFormat format, BorderMode border = BorderMode.Replicate, KernelIsa? isa = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        _isa = KernelSupport.Require(isa ?? KernelSupport.Best);
        (Width, Height, Format, _border) = (width, height, format, border);
        _luma = new AlignedBuffer<int>(width);
        _blue = new AlignedBuffer<int>(width);
        _red = new AlignedBuffer<int>(width);
        _bytes = new AlignedBuffer<byte>(width);
        _hidden = new bool[width];
    }

    public int Width { get; }
    public int Height { get; }
    public TensorFormat Format { get; }

    /// <summary>Elements of the output: channels x height x width.</summary>
    public int OutputLength => Format.Channels * Width * Height;

    /// <summary>Fills the first <see cref="OutputLength"/> floats, channel by channel.</summary>
    /// <param name="source">The frame.</param>
    /// <param name="toSource">From output to source pixels.</param>
    /// <param name="destination">The tensor row.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void Run(in YuvPlanes source, in AffineTransform toSource, Span<float> destination)
    {
        destination = Checked(destination);
        var grids = Grids.For(source.Layout, toSource);
        var masks = MasksWithin(source, toSource);
        var color = MakeColor(source, grids, Format.Scale, Format.Offset);
        var plane = Width * Height;
        for (var row = 0; row < Height; row++)
        {
            var at = row * Width;
            SampleRow(source, toSource, grids, row);
            var hidden = FindHidden(masks, toSource, grids, row);
            for (var channel = 0; channel < Format.Channels; channel++)
            {
                var pad = (Format.Pad * Format.Scale[channel]) + Format.Offset[channel];
                var pixels = destination.Slice(at + (channel * plane), Width);
                ColorKernel.Mix(_isa, _luma.Span, _blue.Span, _red.Span, color[channel], pixels);
                FillBorder(source, toSource, row, pixels, 1, pad);
                BlankHidden(hidden, pixels, 1, Format.Offset[channel]);
            }
        }
    }

    /// <summary>Fills the first <see cref="OutputLength"/> bytes with values 0..255, channel by channel.</summary>
    /// <inheritdoc cref="Run(in YuvPlanes, in AffineTransform, Span{float})"/>
    public void Run(in YuvPlanes source, in AffineTransform toSource, Span<byte> destination)
    {
        destination = Checked(destination);
        var grids = Grids.For(source.Layout, toSource);
        var masks = MasksWithin(source, toSource);
        var color = MakeColor(source, grids, Vector3.One, Vector3.Zero);
        var plane = Width * Height;
        for (var row = 0; row < Height; row++)
        {
            var at = row * Width;
            SampleRow(source, toSource, grids, row);
            var hidden = FindHidden(masks, toSource, grids, row);
            for (var channel = 0; channel < Format.Channels; channel++)
            {
                var pixels = destination.Slice(at + (channel * plane), Width);
                ColorKernel.Mix(_isa, _luma.Span, _blue.Span, _red.Span, color[channel], pixels);
                FillBorder(source, toSource, row, pixels, 1, Format.Pad);
                BlankHidden(hidden, pixels, 1, (byte)0);
            }
        }
    }

    /// <summary>Fills the first <see cref="OutputLength"/> bytes pixel by pixel (three channels), as JPEG chips need
    /// them.</summary>
    /// <inheritdoc cref="Run(in YuvPlanes, in AffineTransform, Span{float})"/>
    public void RunInterleaved(in YuvPlanes source, in AffineTransform toSource, Span<byte> destination)
    {
        if (Format.Channels != 3)
            throw new InvalidOperationException("interleaved output needs three channels, but the format is gray");
        destination = Checked(destination);
        var grids = Grids.For(source.Layout, toSource);
        var masks = MasksWithin(source, toSource);
        var color = MakeColor(source, grids, Vector3.One, Vector3.Zero);
        for (var row = 0; row < Height; row++)
        {
            var pixels = destination.Slice(3 * row * Width, 3 * Width);
            SampleRow(source, toSource, grids, row);
            var hidden = FindHidden(masks, toSource, grids, row);
            for (var channel = 0; channel < 3; channel++)
            {
                ColorKernel.Mix(_isa, _luma.Span, _blue.Span, _red.Span, color[channel], _bytes.Span);
                for (var x = 0; x < Width; x++) pixels[(3 * x) + channel] = _bytes.Span[x];
            }

            FillBorder(source, toSource, row, pixels, 3, Format.Pad);
            BlankHidden(hidden, pixels, 3, (byte)0);
        }
    }

    private Span<T> Checked<T>(Span<T> destination) => destination.Length >= OutputLength
        ? destination[..OutputLength]
        : throw new ArgumentException(
            $"the crop needs {OutputLength} elements, the destination has {destination.Length}");

    private ColorTransform MakeColor(in YuvPlanes source, in Grids grids, Vector3 scale, Vector3 offset) =>
        new(source, Format.Order, scale, offset, SampleKernel.Scale(grids.Luma), SampleKernel.Scale(grids.Chroma));

    private void SampleRow(in YuvPlanes source, in AffineTransform toSource, in Grids grids, int row)
    {
        var luma = new SamplePlane
        {
            Samples = source.Y,
            Stride = source.StrideY,
            Step = 1,
            Width = source.Width,
            Height = source.Height,
        };
        SampleKernel.Sample(_isa, luma, toSource, grids.Luma, row, _luma.Span);
        if (Format.Channels == 1) return;
        var pairs = source.Layout == PixelLayout.Nv12;
        SampleKernel.Sample(
            _isa, ChromaPlane(source, source.U, pairs ? 2 : 1), grids.ToChroma, grids.Chroma, row, _blue.Span);
        SampleKernel.Sample(
            _isa, ChromaPlane(source, pairs ? source.U[1..] : source.V, pairs ? 2 : 1), grids.ToChroma, grids.Chroma,
            row, _red.Span);
    }

    private static SamplePlane ChromaPlane(in YuvPlanes source, ReadOnlySpan<byte> samples, int step) => new()
    {
        Samples = samples,
        Stride = source.StrideC,
        Step = step,
        Width = source.ChromaWidth,
        Height = source.ChromaHeight,
    };

    private void FillBorder<T>(
        in YuvPlanes source, in AffineTransform toSource, int row, Span<T> pixels, int channels, T pad)
    {
        if (_border == BorderMode.Replicate) return;
        for (var x = 0; x < Width; x++)
        {
            var at = toSource.Apply(x + 0.5f, row + 0.5f);
            if (!(at.X >= 0 && at.Y >= 0 && at.X < source.Width && at.Y < source.Height))
                pixels.Slice(x * channels, channels).Fill(pad);
        }
    }

    // The frame's masks if they reach into the crop, else null; a transform with NaN or infinity is checked pixel by
    // pixel. The margin of 4 pixels covers the widest bilinear support.
    private MaskPlan? MasksWithin(in YuvPlanes source, in AffineTransform toSource)
    {
        if (source.Masks is not { } masks) return null;
        masks.RequireSize(source.Width, source.Height);
        Vector2 a = toSource.Apply(0, 0), b = toSource.Apply(Width, 0);
        Vector2 c = toSource.Apply(0, Height), d = toSource.Apply(Width, Height);
        var low = Vector2.Min(Vector2.Min(a, b), Vector2.Min(c, d)) - new Vector2(4);
        var high = Vector2.Max(Vector2.Max(a, b), Vector2.Max(c, d)) + new Vector2(4);
        var known = float.IsFinite(low.X + low.Y + high.X + high.Y);
        return !known || masks.Touches(low.X, low.Y, high.X, high.Y) ? masks : null;
    }

    // Marks the pixels in a row for which any luma or chroma sample reads a hidden cell; empty when nothing is hidden.
    private ReadOnlySpan<bool> FindHidden(MaskPlan? masks, in AffineTransform toSource, in Grids grids, int row)
    {
        if (masks is null) return [];
        for (var x = 0; x < Width; x++)
        {
            _hidden[x] = HidesPixel(masks, toSource, grids.Luma, x, row)
                || (grids.Chroma != grids.Luma && HidesPixel(masks, toSource, grids.Chroma, x, row));
        }

        return _hidden;
    }

    private static bool HidesPixel(MaskPlan masks, in AffineTransform toSource, int grid, int x, int y)
    {
        for (var j = 0; j < grid; j++)
        {
            for (var i = 0; i < grid; i++)
            {
                var at = toSource.Apply(x + ((i + 0.5f) / grid), y + ((j + 0.5f) / grid));
                if (masks.HidesSample(at.X, at.Y)) return true;
            }
        }

        return false;
    }

    private static void BlankHidden<T>(ReadOnlySpan<bool> hidden, Span<T> pixels, int channels, T black)
    {
        for (var x = 0; x < hidden.Length; x++)
            if (hidden[x]) pixels.Slice(x * channels, channels).Fill(black);
    }

    /// <summary>Samples per axis and pixel in luma and chroma, and the map into the chroma planes.</summary>
    private readonly record struct Grids(int Luma, int Chroma, AffineTransform ToChroma)
    {
        public static Grids For(PixelLayout layout, in AffineTransform toSource)
        {
            float x = layout == PixelLayout.I444 ? 1 : 0.5f;
            float y = layout is PixelLayout.I444 or PixelLayout.I422 ? 1 : 0.5f;
            var toChroma = new AffineTransform(x, 0, 0, 0, y, 0).Multiply(toSource);
            return new Grids(GridFor(toSource.Shrink()), GridFor(toChroma.Shrink()), toChroma);
        }

        // Rounded, not rounded up: a bilinear sample already spans two pixels, so points up to 1.5 pixels apart leave
        // no gap, and a crop at nearly 1:1 (the usual face) stays as sharp as the embedder's training crops.
        private static int GridFor(float shrink) =>
            float.IsFinite(shrink) ? (int)Math.Clamp(MathF.Round(shrink), 1, SampleKernel.MaxGrid) : 1;
    }
}

/// <summary>What a crop shows where it reaches beyond the frame.</summary>
internal enum BorderMode
{
    /// <summary>The nearest pixel of the frame.</summary>
    Replicate,

    /// <summary>The format's padding value, for output pixels whose center lies outside.</summary>
    Constant,
}
