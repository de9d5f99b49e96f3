using Picket.Agent;
using Picket.Agent.Recognize;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Recognize;

public sealed class GalleryFolderTests
{
    [SharedDataFact]
    public void Load_GoodAndBadPictures_ReportsTheBadAndKeepsTheGood()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("pacino"));
        Directory.CreateDirectory(folder.File("nobody"));
        File.Copy(
            Repository.Shared("faces", "verify", "lfw", "Al_Pacino", "Al_Pacino_0001.jpg"),
            folder.File("pacino/a.jpg"));
        File.WriteAllText(folder.File("pacino/b.jpg"), "no picture");
        File.Copy(Repository.Shared("plates", "negatives", "col_0001.jpg"), folder.File("nobody/road.jpg"));
        using var detector = Faces.Models.CreateDetector();
        using var recognizer = Faces.Models.CreateRecognizer();
        var loaded = GalleryFolder.Load(folder.Path, detector, recognizer);
        Assert.Equal(["pacino"], loaded.Gallery.People);
        Assert.Equal(
            [("nobody", "road.jpg"), ("pacino", "b.jpg")],
            loaded.Problems.Select(problem => (problem.Person, problem.File)));
        Assert.Equal("no face", loaded.Problems[0].Reason);
        Assert.DoesNotContain('\n', loaded.Problems[1].ToString());
    }

    [Fact]
    public void Load_NoSuchFolder_SaysWhatItMustBe()
    {
        using var detector = Faces.Models.CreateDetector();
        using var recognizer = Faces.Models.CreateRecognizer();
        var error = Assert.Throws<PicketException>(() => GalleryFolder.Load("/absent/list", detector, recognizer));
        Assert.Equal(ExitCode.BadUsage, error.ExitCode);
        Assert.Contains("name/picture.jpg", error.Message);
    }
}
