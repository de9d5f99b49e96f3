using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>
/// The own tests of <c>make eval-passages</c> (models/passages/tests): its truth, its pictures, its verdict.
/// </summary>
public sealed class PassagesOwnTests
{
    /// <summary>Needs what <c>packaging/setup.sh</c> brings; the truth needs the standard library alone.</summary>
    [Theory]
    [InlineData("test_truth.py")]
    [InlineData("test_scenes.py")]
    [InlineData("test_evaluate.py")]
    public async Task OwnTests_Pass(string file)
    {
        var result = await ExternalProgram.RunAsync(
            TrainingFactAttribute.Python, "-m", "unittest", "discover", "-s", Repository.Path("models", "passages", "tests"), "-p", file);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Matches(@"Ran [1-9]\d* tests?", result.Errors);
        Assert.DoesNotContain("skipped", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnTests_AreAllNamedHere()
    {
        var files = Directory.GetFiles(Repository.Path("models", "passages", "tests"), "test_*.py").Select(Path.GetFileName);

        Assert.Equal(["test_evaluate.py", "test_scenes.py", "test_truth.py"], files.Order(StringComparer.Ordinal));
    }
}
