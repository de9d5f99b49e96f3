using Picket.Agent.Faces;
using Picket.Agent.Infer;

namespace Picket.Tests.Agent.Faces;

public sealed class FalseMatchCurveTests
{
    // The points measured on 9.16 million impostor pairs.
    private static readonly FalseMatchPoint[] Measured = [new(1e-3, 0.333), new(1e-4, 0.408), new(1e-5, 0.474)];
    private readonly FalseMatchCurve _curve = new(Measured);

    [Theory]
    [InlineData(1e-3, 0.333)]
    [InlineData(1e-4, 0.408)]
    [InlineData(1e-5, 0.474)]
    [InlineData(3.1622777e-4, 0.3705)] // half a decade: the mean of 0.333 and 0.408
    [InlineData(1e-6, 0.540)] // one decade on: 0.474 + 0.066
    [InlineData(1e-2, 0.258)] // one decade back: 0.333 - 0.075
    public void Cosine_Rate_IsLinearInItsLogarithm(double rate, double cosine) =>
        Assert.Equal(cosine, _curve.Cosine(rate), 1e-6);

    // At 1e-5 a comparison, a list of 1,000 gives one false alert per 100 faces.
    [Fact]
    public void Threshold_ThousandPeople_IsThatOfARateDividedByTheList() =>
        Assert.Equal(0.474, _curve.Threshold(1000, 0.01), 1e-6);

    [Fact]
    public void Threshold_LongerList_IsHigher() =>
        Assert.True(_curve.Threshold(10_000, 0.001) > _curve.Threshold(100, 0.001));

    [Fact]
    public void Cosine_ImpossiblyRare_IsAtMostOne() => Assert.Equal(1, _curve.Cosine(1e-30));

    [Fact]
    public void Cosine_RateZero_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => _curve.Cosine(0));

    [Fact]
    public void Constructor_OnePoint_IsRefused() =>
        Assert.Throws<PicketException>(() => new FalseMatchCurve(Measured[..1]));

    [Fact]
    public void Constructor_PointsInTheWrongOrder_AreRefused() =>
        Assert.Throws<PicketException>(() => new FalseMatchCurve([.. Measured.Reverse()]));
}
