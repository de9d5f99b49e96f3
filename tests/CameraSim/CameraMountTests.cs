using Picket.CameraSim;

namespace Picket.Tests.CameraSim;

public sealed class CameraMountTests(ClipFixture clips) : IClassFixture<ClipFixture>
{
    [Fact]
    public void Constructor_ClipsOfTwoCodecs_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new CameraMount("cam", clips.H264(), clips.H265()));

    [Theory]
    [InlineData("")]
    [InlineData("/cam")]
    [InlineData("cam/")]
    public void Constructor_BadPath_IsRefused(string path) =>
        Assert.Throws<ArgumentException>(() => new CameraMount(path, clips.H264()));

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void ActiveClip_OutOfRange_IsRefused(int index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CameraMount("cam", clips.H264()).ActiveClip = index);

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void LossRate_OutOfRange_IsRefused(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CameraFaults().LossRate = rate);
}
