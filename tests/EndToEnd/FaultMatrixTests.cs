using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>The short part of the fault matrix (<c>make faults</c>): a dozen kills in known phases, a cut and a stalled
/// line, faults at the link's seam, lost power; with short waits.</summary>
[Collection(nameof(WholeSite))]
public sealed class FaultMatrixTests : IDisposable
{
    /// <summary>It takes about a minute; a busy machine may need several times as long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [BrokerFact]
    public async Task ShortMatrix_SeededKillsAndCuts_NothingIsLostAndNothingIsTwice()
    {
        var program = Repository.Path("tests", "Faults", "bin", "Release", "net10.0", "Picket.Faults");

        var result = await ExternalProgram.RunAsync(program, Limit, ["run", "--short", "--folder", _temp.File("sites")]);

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }
}
