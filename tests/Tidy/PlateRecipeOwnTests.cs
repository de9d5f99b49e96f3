using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>The recipe's own tests (models/plates/tests), split by what they need: none may be skipped within a part that runs.</summary>
public sealed class PlateRecipeOwnTests
{
    /// <summary>Needs the standard library alone, so it always runs.</summary>
    [Fact]
    public Task Formats_OwnTests_Pass() => Passes("test_formats.py");

    /// <summary>As <see cref="Formats_OwnTests_Pass"/>.</summary>
    [Fact]
    public Task Modules_OwnTests_Pass() => Passes("test_modules.py");

    [TrainingFact("cv2", "PIL")]
    public Task Drawing_OwnTests_Pass() => Passes("test_draw.py");

    [TrainingFact("cv2", "PIL", "torch")]
    public Task Detector_OwnTests_Pass() => Passes("test_detector.py");

    [Fact]
    public void OwnTests_AreAllNamedHere()
    {
        var files = Directory.GetFiles(Repository.Path("models", "plates", "tests"), "test_*.py").Select(Path.GetFileName);

        Assert.Equal(["test_detector.py", "test_draw.py", "test_formats.py", "test_modules.py"], files.Order(StringComparer.Ordinal));
    }

    private static async Task Passes(string file)
    {
        var result = await ExternalProgram.RunAsync(
            TrainingFactAttribute.Python, "-m", "unittest", "discover", "-s", Repository.Path("models", "plates", "tests"), "-p", file);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Matches(@"Ran [1-9]\d* tests?", result.Errors);
        Assert.DoesNotContain("skipped", result.Errors, StringComparison.Ordinal);
    }
}
