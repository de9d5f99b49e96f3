using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Hand sums for 0.5 s to 30 s, with chance fixed.</summary>
public sealed class ReconnectDelayTests
{
    [Theory]
    [InlineData(0.0, new[] { 0.5, 1, 2, 4, 8, 15, 15 })]
    [InlineData(1.0, new[] { 1.0, 2, 4, 8, 16, 30, 30 })]
    public void Next_FailureAfterFailure_DoublesToTheLongest(double chance, double[] expected)
    {
        var delay = new ReconnectDelay(new(), () => chance);
        Assert.Equal(
            expected, expected.Select(_ => delay.Next(SourceErrorKind.Unreachable, TimeSpan.Zero).TotalSeconds));
    }

    [Fact]
    public void Next_Unauthorized_IsTheLongest() =>
        Assert.Equal(
            30, new ReconnectDelay(new(), () => 0).Next(SourceErrorKind.Unauthorized, TimeSpan.Zero).TotalSeconds);

    [Theory]
    [InlineData(10, 1)]
    [InlineData(9, 4)]
    public void Next_AfterASteadyRun_StartsOver(int upForSeconds, double expected)
    {
        var delay = new ReconnectDelay(new(), () => 1);
        delay.Next(SourceErrorKind.Stalled, TimeSpan.Zero);
        delay.Next(SourceErrorKind.Stalled, TimeSpan.Zero);
        Assert.Equal(expected, delay.Next(SourceErrorKind.Ended, TimeSpan.FromSeconds(upForSeconds)).TotalSeconds);
    }

    [Fact]
    public void Next_AThousandFailures_StaysInBounds()
    {
        var delay = new ReconnectDelay(new(), new Random(1).NextDouble);
        for (var i = 0; i < 1000; i++)
            Assert.InRange(delay.Next(SourceErrorKind.Unreachable, TimeSpan.Zero).TotalSeconds, 0.5, 30);
    }
}
