using Picket.Agent.Faces;
using Picket.Agent.Ingest;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

public sealed class PictureFacesTests
{
    // Distances count in widths and heights: (0.1, 0) of 1000x100 is 100 pixels aside and nearer than (0, 0.2), 20
    // pixels above.
    [Fact]
    public void MostCentral_WidePicture_MeasuresInItsOwnSides()
    {
        Detection[] faces = [new(490, 20, 20, 20, 1), new(590, 40, 20, 20, 0.7f)];
        Assert.Equal(faces[1], PictureFaces.MostCentral(faces, 1000, 100));
    }

    // A face cut out so tightly that it fills the picture, as people enroll them; made from LFW by ffmpeg.
    [SharedDataFact]
    public async Task Find_FaceThatFillsThePicture_IsFound()
    {
        using var folder = new TempFolder();
        var tight = folder.File("tight.jpg");
        var whole = Repository.Shared("faces", "verify", "lfw", "Al_Pacino", "Al_Pacino_0001.jpg");
        await ExternalProgram.OutputOfAsync(
            "ffmpeg", "-v", "error", "-i", whole, "-vf", "crop=78:105:89:76", tight);
        using var detector = FacePack.Models.CreateDetector();
        using var pool = new FramePool(1);
        using var source = FrameSources.Open(tight);
        using var frame = pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.NotEqual(0, new PictureFaces(detector).Find(frame.Planes, new Detection[PictureFaces.MaxFaces]));
    }
}
