using Picket.Agent.Faces;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

/// <summary>Lists as people make them: what is wrong in one is named, and the good rest is used.</summary>
public sealed class GalleryFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_GoodAndBadPictures_ReportsTheBadAndKeepsTheGood()
    {
        Enroll("franck/a.jpg", "franck_01829.jpg");
        Write("franck/b.jpg", "no picture");
        using (var scene = new FaceScene(320, 240)) CopyTo(scene.Save(), "nobody/gray.ppm");

        var loaded = Load();

        Assert.Equal(["franck"], loaded.Gallery.People);
        Assert.Equal(["franck/b.jpg", "nobody/gray.ppm"], loaded.Problems.Select(problem => problem.Where).Order());
        Assert.Contains("no face", Told(loaded, "nobody"));
        Assert.All(loaded.Problems, problem => Assert.DoesNotContain('\n', problem.ToString()));
    }

    [Fact]
    public void Load_GoodPictures_HasNothingToSay()
    {
        Enroll("franck/1.jpg", "franck_01829.jpg");
        Enroll("franck/2.jpg", "franck_02221.jpg");
        Enroll("audrey/1.jpg", "audrey.jpg");
        Write("franck/.DS_Store", "x");
        Write("Thumbs.db", "x");

        var loaded = Load();

        Assert.Empty(loaded.Problems);
        Assert.Equal((2, 3), (loaded.Gallery.People.Count, loaded.Gallery.Count));
    }

    [Theory]
    [InlineData("flat", "lies beside the people's folders")]
    [InlineData("deep", "too deep")]
    [InlineData("hidden", "hidden folder")]
    [InlineData("empty", "no picture in the folder")]
    [InlineData("none", "nobody is on the face list")]
    [InlineData("missing", "can't be read")]
    public void Load_NobodyOnTheList_IsNamed(string kind, string reason)
    {
        if (kind == "flat") Enroll("franck.jpg", "franck_01829.jpg");
        if (kind == "deep") Enroll("franck/2026/1.jpg", "franck_01829.jpg");
        if (kind == "hidden") Enroll(".trash/1.jpg", "franck_01829.jpg");
        if (kind == "empty") Directory.CreateDirectory(_folder.File("franck"));

        var loaded = GalleryFolder.Load(
            kind == "missing" ? "/absent/list" : _folder.Path, FacePack.Models);

        Assert.Empty(loaded.Gallery.People);
        Assert.Contains(loaded.Problems, problem => problem.Reason.Contains(reason));
        Assert.Contains("nobody is on the face list", loaded.Problems[^1].Reason);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(180)]
    [InlineData(270)]
    public void Load_PictureOnItsSide_IsNamedAndUsedUpright(int degrees)
    {
        var upright = Load("franck/1.jpg", FaceScene.Media("franck_01829.jpg"));
        var turned = Load("turned/1.ppm", FaceScene.Turned(FaceScene.Media("franck_01829.jpg"), degrees, _folder.File("turned.ppm")));

        Assert.Contains("save it upright", Told(turned, "turned/1.ppm"));
        Assert.True(turned.Gallery.Search(Only(upright)).Similarity > 0.9f);
    }

    [Fact]
    public void Load_TinyFace_IsNamed()
    {
        using var scene = new FaceScene(320, 240);
        scene.Paste(FaceScene.Media("franck_01829.jpg"), 30, 160, 120);
        CopyTo(scene.Save(), "tiny/1.ppm");

        Assert.Contains("too small", Told(Load(), "tiny/1.ppm"));
    }

    [Fact]
    public void Load_BlurredFace_IsNamed()
    {
        using var scene = new FaceScene();
        scene.Paste(FaceScene.Media("franck_01829.jpg"), 150, 320, 180, detail: 0.12f);
        CopyTo(scene.Save(), "blurred/1.ppm");

        Assert.Contains("quality", Told(Load(), "blurred/1.ppm"));
    }

    [Fact]
    public void Load_TwoPeopleOnAPicture_UsesNeither()
    {
        using var scene = new FaceScene();
        scene.Paste(FaceScene.Media("franck_01829.jpg"), 120, 220, 180, around: 0.2f);
        scene.Paste(FaceScene.Media("audrey.jpg"), 110, 420, 180, around: 0.2f);
        CopyTo(scene.Save(), "both/1.ppm");

        var loaded = Load();

        Assert.Contains("it shows 2 people", Told(loaded, "both/1.ppm"));
        Assert.Empty(loaded.Gallery.People);
    }

    [Fact]
    public void Load_OneInTheMiddleOfTwo_IsUsedAndNamed()
    {
        using var scene = new FaceScene();
        scene.Paste(FaceScene.Media("audrey.jpg"), 110, 540, 180, around: 0.2f);
        scene.Paste(FaceScene.Media("franck_01829.jpg"), 120, 330, 180, around: 0.2f);
        CopyTo(scene.Save(), "franck/1.ppm");

        var loaded = Load();

        Assert.Contains("the one in the middle is used", Told(loaded, "franck/1.ppm"));
        Assert.Equal(["franck"], loaded.Gallery.People);
    }

    [Fact]
    public void Load_BystanderInTheBackground_IsNoProblem()
    {
        using var scene = new FaceScene();
        scene.Paste(FaceScene.Media("audrey.jpg"), 60, 480, 120, around: 0.2f);
        scene.Paste(FaceScene.Media("franck_01829.jpg"), 150, 300, 190, around: 0.2f);
        CopyTo(scene.Save(), "franck/1.ppm");

        Assert.Empty(Load().Problems);
    }

    [Fact]
    public void Load_OnePersonUnderTwoNames_IsNamedAndKept()
    {
        Enroll("franck/1.jpg", "franck_01829.jpg");
        Enroll("pierre/1.jpg", "franck_02221.jpg");

        var loaded = Load();

        Assert.Contains("under two names", Told(loaded, "franck/1.jpg"));
        Assert.Equal(["franck", "pierre"], loaded.Gallery.People);
    }

    [Fact]
    public void Load_SomebodyElseAmongAPersonsPictures_IsNamed()
    {
        Enroll("franck/1.jpg", "franck_01829.jpg");
        Enroll("franck/2.jpg", "franck_02221.jpg");
        Enroll("franck/3.jpg", "audrey.jpg");

        Assert.Contains("somebody else", Told(Load(), "franck/3.jpg"));
    }

    [Fact]
    public void Load_UnreadableFolderAndFile_CostNobodyElse()
    {
        Enroll("closed/1.jpg", "audrey.jpg");
        Enroll("franck/1.jpg", "franck_01829.jpg");
        // A link to nowhere can't be opened by anybody; modes say nothing to root, who runs the tests in containers.
        File.CreateSymbolicLink(_folder.File("franck/2.jpg"), "/absent/picture.jpg");
        Directory.CreateSymbolicLink(_folder.File("gone"), "/absent/folder");
        File.SetUnixFileMode(_folder.File("closed"), UnixFileMode.None);
        try
        {
            var loaded = Load();
            Assert.Contains("franck", loaded.Gallery.People);
            Assert.Contains(loaded.Problems, problem => problem.Where == "franck/2.jpg");
            Assert.Contains(loaded.Problems, problem => problem.Where == "gone");
            if (Environment.UserName != "root") Assert.Contains("can't be read", Told(loaded, "closed"));
        }
        finally
        {
            File.SetUnixFileMode(_folder.File("closed"), (UnixFileMode)0b111_000_000);
        }
    }

    [SharedDataFact]
    public void Load_RealPortraits_AreFoundUprightAndGood()
    {
        var people = Directory.GetDirectories(Repository.Shared("faces", "verify", "lfw")).Order().Take(40).ToArray();
        foreach (var person in people)
            CopyTo(Directory.GetFiles(person).Order().First(), $"{Path.GetFileName(person)}/1.jpg");

        var loaded = Load();

        // Some show others beside, or are blurred; none lies on its side or shows somebody of the others.
        Assert.InRange(loaded.Gallery.Count, people.Length - 1, people.Length);
        Assert.InRange(loaded.Problems.Count, 0, 4);
        Assert.DoesNotContain(
            loaded.Problems, problem => problem.Reason.Contains("upright") || problem.Reason.Contains("same face"));
    }

    private GalleryFolder Load() => GalleryFolder.Load(_folder.Path, FacePack.Models);

    private GalleryFolder Load(string name, string picture)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.Copy(picture, folder.File(name));
        return GalleryFolder.Load(folder.Path, FacePack.Models);
    }

    /// <summary>The one embedding of the gallery, found by the picture it was made of.</summary>
    private static float[] Only(GalleryFolder loaded)
    {
        Assert.Equal(1, loaded.Gallery.Count);
        using var recognizer = FacePack.Models.CreateRecognizer();
        using var detector = FacePack.Models.CreateDetector();
        using var pictures = new GalleryPictures(detector, recognizer);
        var embedding = new float[recognizer.Dimensions];
        pictures.Read(FaceScene.Media("franck_01829.jpg"), embedding, out _, CancellationToken.None);
        return embedding;
    }

    private static string Told(GalleryFolder loaded, string where) =>
        Assert.Single(loaded.Problems, problem => problem.Where.StartsWith(where)).Reason;

    private void Enroll(string name, string picture) => CopyTo(FaceScene.Media(picture), name);

    private void CopyTo(string path, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.Copy(path, _folder.File(name));
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.WriteAllText(_folder.File(name), text);
    }
}
