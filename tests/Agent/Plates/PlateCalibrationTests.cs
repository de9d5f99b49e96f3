using Picket.Agent.Plates;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateCalibrationTests
{
    private static readonly PlateCalibration Calibration = new(-1, 0.5f, 0.25f, 2, 0.7f, 0.3f);

    // -1 + 0.5 * ln(9) + 0.25 * ln(4) + 2 * 0 + 0.7 + 0.3 * ln(2) = 1.353130; 1 / (1 + e^-1.353130) = 0.794641.
    [Fact]
    public void Confidence_KnownFeatures_IsTheLogisticOfTheirSum() =>
        Assert.Equal(0.794641f, Calibration.Confidence(new PlateFeatures(0.9f, 0.8f, 0.5f, true, 200)), 1e-5f);

    [Fact]
    public void Confidence_ExtremeFeatures_IsAProbability()
    {
        Assert.InRange(Calibration.Confidence(new PlateFeatures(1.0000001f, 1.0000001f, 1, true, 10_000)), 0.99f, 1);
        Assert.InRange(Calibration.Confidence(default), 0, 0.01f);
        Assert.InRange(Calibration.Confidence(new PlateFeatures(float.NaN, float.NaN, float.NaN, false, 0)), 0, 0.01f);
    }

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(0.9f, 2.197225f)]
    [InlineData(0, -9)]
    [InlineData(-0.1f, -9)]
    [InlineData(1, 9)]
    [InlineData(1.1f, 9)]
    [InlineData(0.99999999f, 9)]
    public void Logit_Probability_IsTheLogOddsWithinItsLimits(float probability, float logit) =>
        Assert.Equal(logit, PlateCalibration.Logit(probability), 1e-5f);

    [Theory]
    [InlineData(100, 0)]
    [InlineData(1, -1.386294f)]
    [InlineData(5000, 1.098612f)]
    public void LogWidth_Pixels_IsWithinItsLimits(float pixels, float expected) =>
        Assert.Equal(expected, PlateCalibration.LogWidth(pixels), 1e-5f);
}
