using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>CI runs with nothing skipped that the set-up brings.</summary>
public sealed class CiTests
{
    [Fact]
    public void CiRun_TellsTheTestsThatItIsCi() =>
        Assert.Contains("export CI=true\n", File.ReadAllText(Repository.Path(".ci", "run")), StringComparison.Ordinal);

    [Fact]
    public void SkippingAttributes_AskNeededAlone()
    {
        var asking = Directory.EnumerateFiles(Repository.Path("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("GetEnvironmentVariable(\"CI\")", StringComparison.Ordinal))
            .Select(Path.GetFileName)
            .Where(name => name != "CiTests.cs");

        Assert.Equal(["Needed.cs"], asking);
    }
}
