using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>The lines that <c>make mutants</c> breaks are where its list says: a list that rots proves nothing.</summary>
public sealed class MutantsTests
{
    [Fact]
    public async Task Mutants_Lines_StandOnceInTheirFiles()
    {
        var result = await ExternalProgram.RunAsync("/usr/bin/python3", Repository.Path("tests", "Mutants", "run.py"), "--check");

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }
}
