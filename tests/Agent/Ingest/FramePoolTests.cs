using Picket.Agent.Imaging;
using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

public sealed class FramePoolTests
{
    [Fact]
    public void Rent_AllOut_IsRefusedUntilOneComesBack()
    {
        using var pool = new FramePool(2);
        var first = pool.Rent();
        var second = pool.Rent();
        Assert.Null(pool.TryRent());
        Assert.Throws<InvalidOperationException>(pool.Rent);
        first.Dispose();
        Assert.Same(first, pool.TryRent());
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void Dispose_FrameTwice_CountsOnce()
    {
        using var pool = new FramePool(2);
        var frame = pool.Rent();
        using var other = pool.Rent();
        frame.Dispose();
        frame.Dispose();
        Assert.Equal(1, pool.Outstanding);
    }

    [Fact]
    public void Dispose_PoolWithAFrameOut_LetsItComeBack()
    {
        var pool = new FramePool(2);
        var frame = pool.Rent();
        var memory = frame.Memory<Memory>();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(pool.TryRent);
        Assert.False(memory.IsFreed);
        frame.Dispose();
        Assert.Equal(0, pool.Outstanding);
        Assert.True(memory.IsFreed);
    }

    /// <summary>The planes of any source's memory: a frame knows of no decoder.</summary>
    [Fact]
    public void Adopt_OwnMemory_IsReadWhereItIsAndReleasedWithTheFrame()
    {
        using var pool = new FramePool(1);
        var frame = pool.Rent();
        var memory = frame.Memory<Memory>();
        var planes = memory.Planes.Shape(PixelLayout.I420, 4, 2);
        for (var x = 0; x < 4; x++) planes.RowY(0)[x] = (byte)(10 + x);
        planes.RowY(1).Fill(50);

        frame.Adopt(planes, bt709: true, fullRange: false);

        var read = frame.Planes;
        Assert.Equal((4, 2, true, false), (read.Width, read.Height, read.Bt709, read.FullRange));
        Assert.True(read.Y[..4].SequenceEqual((byte[])[10, 11, 12, 13]));
        Assert.Null(frame.TurnFurther(new Orientation(Transpose: true, FlipX: true, FlipY: false)));
        Assert.Equal((2, 4), (frame.Width, frame.Height));
        Assert.Equal((50, 10), (frame.Planes.Y[0], frame.Planes.Y[1]));

        frame.Dispose();
        Assert.Equal((1, 0), (memory.Releases, frame.Width));
        Assert.Same(frame, pool.TryRent());
        Assert.Same(memory, frame.Memory<Memory>());
    }

    [Fact]
    public void Memory_OfAnotherKindOfSource_FreesTheFirst()
    {
        using var pool = new FramePool(1);
        using var frame = pool.Rent();
        var first = frame.Memory<Memory>();

        frame.Memory<OtherMemory>();

        Assert.True(first.IsFreed);
    }

    [Fact]
    public void Planes_EmptyFrame_IsRefused()
    {
        using var pool = new FramePool(1);
        using var frame = pool.Rent();
        Assert.Equal((0, 0), (frame.Width, frame.Height));
        Assert.Throws<InvalidOperationException>(() => { _ = frame.Planes.Width; });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void New_NoFrames_IsRefused(int capacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FramePool(capacity));

    private class Memory : IPictureMemory
    {
        public PlaneBuffer Planes { get; } = new();

        public int Releases { get; private set; }

        public bool IsFreed { get; private set; }

        public void Release() => Releases++;

        public void Dispose() => IsFreed = true;
    }

    private sealed class OtherMemory : Memory;
}
