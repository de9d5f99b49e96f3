using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

/// <summary>The display matrix of mp4 and mov (libavutil/display.h: x' = m0 x + m3 y, y' = m1 x + m4 y, in 16.16).</summary>
public sealed class OrientationTests
{
    private const int One = 65536;

    [Theory]
    [InlineData(One, 0, 0, One, false, false, false)] // as it is
    [InlineData(-One, 0, 0, One, false, true, false)] // mirrored left to right
    [InlineData(-One, 0, 0, -One, false, true, true)] // on its head
    [InlineData(One, 0, 0, -One, false, false, true)] // mirrored top to bottom
    [InlineData(0, One, One, 0, true, false, false)] // transposed
    [InlineData(0, One, -One, 0, true, true, false)] // a quarter clockwise
    [InlineData(0, -One, -One, 0, true, true, true)] // transposed along the other diagonal
    [InlineData(0, -One, One, 0, true, false, true)] // a quarter counterclockwise
    [InlineData(46341, 46341, -46341, 46341, false, false, false)] // an eighth: not turned
    public unsafe void FromMatrix_EightOrientations_AreTransposedThenMirrored(
        int m0, int m1, int m3, int m4, bool transpose, bool flipX, bool flipY)
    {
        var matrix = stackalloc int[] { m0, m1, 0, m3, m4, 0, 0, 0, 1 << 30 };
        Assert.Equal(new Orientation(transpose, flipX, flipY), Orientation.FromMatrix(matrix));
    }
}
