using Picket.Agent.Ingest.Libav;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest.Libav;

public sealed class LibavSelfCheckTests
{
    [Fact]
    public void Verify_InstalledLibraries_Fit() => LibavSelfCheck.Verify();

    [Fact]
    public async Task PlaneHashes_OfTheShippedClip_AreWhatFfmpegSays()
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder.File("self-check.mp4"), LibavSelfCheck.Clip());
        Assert.Equal(await Ffmpeg.FrameHashes(folder.File("self-check.mp4")), LibavSelfCheck.PlaneHashes);
        Assert.Equal(3, LibavSelfCheck.PlaneHashes.Distinct().Count());
    }
}
