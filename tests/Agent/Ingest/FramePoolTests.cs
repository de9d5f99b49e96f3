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
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(pool.TryRent);
        frame.Dispose();
        Assert.Equal(0, pool.Outstanding);
        Assert.True(frame.Picture.IsClosed);
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
}
