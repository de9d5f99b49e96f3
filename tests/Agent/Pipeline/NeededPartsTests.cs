using Picket.Agent;
using Picket.Agent.Config;
using Picket.Agent.Pipeline;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Pipeline;

public sealed class NeededPartsTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private NodeConfig Config(bool plates = true) => new()
    {
        StateFolder = _temp.Path,
        ModelFolder = _temp.File("models"),
        Cameras = [new CameraConfig { Name = "c1", Url = "x", Plates = plates }],
    };

    private void CopyModels()
    {
        Directory.CreateDirectory(_temp.File("models"));
        foreach (var file in Directory.GetFiles(Repository.Path("artifacts", "models")))
            File.Copy(file, Path.Combine(_temp.File("models"), Path.GetFileName(file)));
    }

    [Fact]
    public void Check_AllThere_GivesTheModels()
    {
        CopyModels();
        Assert.NotEmpty(NeededParts.Check(Config()).Cards);
    }

    [Fact]
    public void Check_SeveralModelsMissing_NamesThemAllAtOnce()
    {
        CopyModels();
        File.Delete(_temp.File("models/face-embed.onnx"));
        File.WriteAllText(_temp.File("models/plate-read.onnx"), "changed");

        var error = Assert.Throws<PicketException>(() => NeededParts.Check(Config()));

        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.StartsWith("2 needed parts are missing:", error.Message);
        Assert.Contains("model face-embed: can't read", error.Message);
        Assert.Contains("model plate-read: sha256", error.Message);
    }

    [Fact]
    public void Check_ModelThatNoCameraNeeds_IsNotAskedFor()
    {
        CopyModels();
        File.Delete(_temp.File("models/plate-read.onnx"));
        NeededParts.Check(Config(plates: false));
    }

    [Fact]
    public void Check_NoFolder_SaysHowToGetIt() => Assert.Contains(
        "make models", Assert.Throws<PicketException>(() => NeededParts.Check(Config())).Message);

    // Names and packages of Debian 12: apt-file search libavformat.so.59 and so on.
    [Fact]
    public void Missing_Libraries_AreNamedWithTheirPackages()
    {
        var missing = NativeLibraries.Missing(name => name == "libavcodec.so.59", 59);

        Assert.Equal(
            [("libavformat.so.59", "libavformat59"), ("libavutil.so.57", "libavutil57"), ("libturbojpeg.so.0", "libturbojpeg0")],
            missing.Select(library => (library.Name, library.Package)));
        var error = NeededParts.Missing(["the library a is missing", "the library b is missing"], ["a1", "b2"]);
        Assert.EndsWith("install: apt-get install a1 b2", error.Message);
        Assert.Equal(
            "the library a is missing; install: apt-get install a1",
            NeededParts.Missing(["the library a is missing"], ["a1"]).Message);
    }
}
