using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Imaging;

/// <summary>Owns the planes of a made-up picture. Row strides are padded with 0xEE, and each plane ends with its last
/// visible sample, as tight as the contract allows.</summary>
internal sealed class TestPicture
{
    private readonly byte[] _y;
    private readonly byte[] _u;
    private readonly byte[] _v;
    private readonly int _strideY;
    private readonly int _strideC;

    public TestPicture(int width, int height, PixelLayout layout, int rowPadding = 5)
    {
        (Width, Height, Layout) = (width, height, layout);
        ChromaWidth = layout == PixelLayout.I444 ? width : (width + 1) / 2;
        ChromaHeight = layout is PixelLayout.I444 or PixelLayout.I422 ? height : (height + 1) / 2;
        int chromaBytes = layout == PixelLayout.Nv12 ? 2 * ChromaWidth : ChromaWidth;
        _strideY = width + rowPadding;
        _strideC = chromaBytes + rowPadding;
        _y = new byte[(_strideY * (height - 1)) + width];
        _u = new byte[(_strideC * (ChromaHeight - 1)) + chromaBytes];
        _v = layout == PixelLayout.Nv12 ? [] : new byte[_u.Length];
        _y.AsSpan().Fill(0xEE);
        _u.AsSpan().Fill(0xEE);
        _v.AsSpan().Fill(0xEE);
    }

    public int Width { get; }
    public int Height { get; }
    public PixelLayout Layout { get; }
    public int ChromaWidth { get; }
    public int ChromaHeight { get; }
    public bool Bt709 { get; init; }
    public bool FullRange { get; init; }

    public YuvPlanes Planes => PlanesOver(_y, _u, _v);

    /// <summary>The same picture over copies of its planes.</summary>
    public YuvPlanes PlanesOver(ReadOnlySpan<byte> y, ReadOnlySpan<byte> u, ReadOnlySpan<byte> v) => new()
    {
        Y = y,
        U = u,
        V = v,
        StrideY = _strideY,
        StrideC = _strideC,
        Width = Width,
        Height = Height,
        Layout = Layout,
        Bt709 = Bt709,
        FullRange = FullRange,
    };

    public YuvPlanes WithMasks(MaskPlan masks) => Planes with { Masks = masks };

    public byte Y(int x, int y) => _y[(y * _strideY) + x];
    public byte U(int x, int y) => Layout == PixelLayout.Nv12 ? _u[(y * _strideC) + (2 * x)] : _u[(y * _strideC) + x];
    public byte V(int x, int y) =>
        Layout == PixelLayout.Nv12 ? _u[(y * _strideC) + (2 * x) + 1] : _v[(y * _strideC) + x];

    public void SetY(int x, int y, byte value) => _y[(y * _strideY) + x] = value;

    public void SetChroma(int x, int y, byte u, byte v)
    {
        if (Layout == PixelLayout.Nv12)
        {
            _u[(y * _strideC) + (2 * x)] = u;
            _u[(y * _strideC) + (2 * x) + 1] = v;
            return;
        }

        _u[(y * _strideC) + x] = u;
        _v[(y * _strideC) + x] = v;
    }

    public TestPicture FillFlat(byte y, byte u, byte v)
    {
        Fill((_, _) => y, (_, _) => (u, v));
        return this;
    }

    public TestPicture FillRandom(int seed)
    {
        var random = new Random(seed);
        Fill((_, _) => (byte)random.Next(256), (_, _) => ((byte)random.Next(256), (byte)random.Next(256)));
        return this;
    }

    /// <summary>Slow waves in mid-range colors: nothing clips, so that a reference can be compared closely.</summary>
    public TestPicture FillWaves()
    {
        Fill(
            (x, y) => (byte)(128 + (60 * Math.Sin((x * 0.11) + (y * 0.07)))),
            (x, y) => ((byte)(128 + (25 * Math.Sin(x * 0.09))), (byte)(128 + (25 * Math.Cos(y * 0.08)))));
        return this;
    }

    public void Fill(Func<int, int, byte> luma, Func<int, int, (byte U, byte V)> chroma)
    {
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                SetY(x, y, luma(x, y));
            }
        }

        for (int y = 0; y < ChromaHeight; y++)
        {
            for (int x = 0; x < ChromaWidth; x++)
            {
                var (u, v) = chroma(x, y);
                SetChroma(x, y, u, v);
            }
        }
    }
}
