using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>The recipe's own tests (models/plates/tests).</summary>
public sealed class PlateRecipeOwnTests
{
    [TrainingFact]
    public async Task OwnTests_OfTheRecipe_Pass()
    {
        var result = await ExternalProgram.RunAsync(
            TrainingFactAttribute.Python, "-m", "unittest", "discover", "-s", Repository.Path("models", "plates", "tests"));

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Matches(@"Ran [1-9]\d* tests", result.Errors);
    }
}
