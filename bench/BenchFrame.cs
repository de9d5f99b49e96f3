using Picket.Agent.Imaging;

namespace Picket.Bench;

/// <summary>A made-up 4:2:0 frame in pinned memory: gradients, a moving bar and noise.</summary>
internal sealed class BenchFrame
{
    private readonly int _width;
    private readonly int _height;

    private BenchFrame(int width, int height)
    {
        (_width, _height) = (width, height);
        Y = GC.AllocateArray<byte>(width * height, pinned: true);
        U = GC.AllocateArray<byte>(width * height / 4, pinned: true);
        V = GC.AllocateArray<byte>(width * height / 4, pinned: true);
    }

    public byte[] Y { get; }
    public byte[] U { get; }
    public byte[] V { get; }

    public YuvPlanes Planes => new()
    {
        Y = Y,
        U = U,
        V = V,
        StrideY = _width,
        StrideC = _width / 2,
        Width = _width,
        Height = _height,
        Layout = PixelLayout.I420,
        Bt709 = true,
        FullRange = false,
    };

    /// <summary>Frames of even size, each a little different.</summary>
    public static BenchFrame[] MakeMoving(int width, int height, int count)
    {
        var random = new Random(1);
        var frames = new BenchFrame[count];
        for (int f = 0; f < count; f++)
        {
            var frame = frames[f] = new BenchFrame(width, height);
            for (int i = 0; i < frame.Y.Length; i++)
            {
                int x = i % width, bar = Math.Abs(x - (f * 40) - 200) < 60 ? 60 : 0;
                frame.Y[i] = (byte)(40 + (x / 20) + bar + random.Next(12));
            }

            for (int i = 0; i < frame.U.Length; i++)
            {
                frame.U[i] = (byte)(110 + (i % (width / 2) / 40) + random.Next(4));
                frame.V[i] = (byte)(150 - (i % (width / 2) / 40) + random.Next(4));
            }
        }

        return frames;
    }
}
