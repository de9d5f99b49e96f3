using System.Numerics;
using Picket.Agent.Plates;
using Picket.Agent.Track;

namespace Picket.Tests.Agent.Plates;

/// <summary>Hand-made grids of 4 columns and 3 rows: cell (x, y) is centered at input pixel (8x + 4, 8y + 4).</summary>
public sealed class PlatePeaksTests
{
    private const int Columns = 4;
    private const int Cells = 12;
    private readonly float[] _score = new float[Cells];
    private readonly float[] _box = new float[4 * Cells];
    private readonly float[] _corners = new float[8 * Cells];
    private readonly PlateDetection[] _peaks = new PlateDetection[8];

    [Fact]
    public void Find_OnePeak_BoxAndCornersAroundTheCellsCenter()
    {
        const int cell = 1 * Columns + 2; // center 20, 12
        _score[cell] = 0.75f;
        float[] box = [10, 3, 12, 5], corners = [-9, -4, 11, -2, 12, 5, -8, 3];
        for (var i = 0; i < 4; i++) _box[i * Cells + cell] = box[i];
        for (var i = 0; i < 8; i++) _corners[i * Cells + cell] = corners[i];
        Assert.Equal(1, Find(0.5f));
        Assert.Equal(new Detection(10, 9, 22, 8, 0.75f), _peaks[0].Box);
        Assert.Equal(
            new PlateCorners(new Vector2(11, 8), new Vector2(31, 10), new Vector2(32, 17), new Vector2(12, 15)),
            _peaks[0].Corners);
    }

    [Fact]
    public void Find_WeakerNeighborOfThePeak_IsNone()
    {
        (_score[0], _score[5], _score[3]) = (0.8f, 0.7f, 0.6f);
        Assert.Equal(2, Find(0.5f));
        Assert.Equal([0.8f, 0.6f], Scores(2));
    }

    [Fact]
    public void Find_RowsEnd_IsNotBesideTheNextRowsBegin()
    {
        (_score[3], _score[4]) = (0.8f, 0.7f);
        Assert.Equal(2, Find(0.5f));
    }

    [Fact]
    public void Find_EqualNeighbors_AreOnePeak()
    {
        Array.Fill(_score, 0.6f);
        Assert.Equal(1, Find(0.5f));
        Assert.Equal(new Vector2(4, 4), new Vector2(_peaks[0].Box.X, _peaks[0].Box.Y));
    }

    [Theory]
    [InlineData(0.5f, 1)]
    [InlineData(0.49999f, 0)]
    [InlineData(float.NaN, 0)]
    public void Find_Threshold_IsInclusive(float score, int count)
    {
        _score[6] = score;
        Assert.Equal(count, Find(0.5f));
    }

    [Fact]
    public void Find_MorePeaksThanRoom_KeepsTheBest()
    {
        (_score[0], _score[2], _score[8], _score[10]) = (0.6f, 0.5f, 0.9f, 0.7f);
        Assert.Equal(2, PlatePeaks.Find(_score, _box, _corners, Columns, 0.1f, _peaks.AsSpan(0, 2)));
        Assert.Equal([0.7f, 0.9f], Scores(2).Order());
    }

    [Fact]
    public void Find_NoRoom_WritesNone()
    {
        _score[0] = 1;
        Assert.Equal(0, PlatePeaks.Find(_score, _box, _corners, Columns, 0.1f, []));
    }

    private int Find(float least) => PlatePeaks.Find(_score, _box, _corners, Columns, least, _peaks);

    private float[] Scores(int count) => [.. _peaks.Take(count).Select(peak => peak.Box.Score)];
}
