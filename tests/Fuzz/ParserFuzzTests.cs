using Picket.Tests.Support;
using Xunit.Abstractions;

namespace Picket.Tests.Fuzz;

/// <summary>Every parser that bytes from outside reach, with mutated goldens: a valid value or the room's own refusal,
/// nothing else, within stated memory; and what is accepted is written and read again as the same.</summary>
public sealed class ParserFuzzTests(ITestOutputHelper output) : IDisposable
{
    private static readonly Dictionary<string, Func<TempFolder, FuzzTarget>> Targets = new()
    {
        ["envelope"] = _ => WireTargets.Envelope(),
        ["header"] = _ => WireTargets.Header(),
        ["ack"] = _ => WireTargets.Ack(),
        ["chunk"] = _ => WireTargets.Chunk(),
        ["center's check of events"] = _ => CenterTargets.EventCheck(),
        ["center's database and page"] = CenterTargets.StoreAndPage,
        ["command"] = _ => WireTargets.Command(),
        ["status"] = _ => WireTargets.Status(),
        ["packed messages"] = _ => WireTargets.Packed(),
        ["file carried by hand"] = WireTargets.Spool,
        ["file carried by hand, sealed"] = WireTargets.SealedSpool,
        ["file carried by hand, its certificate"] = WireTargets.CertificateOfSpool,
        ["request to join"] = EnrollTargets.Join,
        ["request to renew"] = EnrollTargets.Renew,
        ["answer to a request"] = _ => EnrollTargets.Answer(),
        ["join code"] = _ => EnrollTargets.Code(),
        ["file of join codes"] = EnrollTargets.Codes,
        ["topic"] = _ => WireTargets.Topic(),
        ["certificate request"] = CenterTargets.Request,
        ["certificate request, its DER"] = CenterTargets.RequestDer,
        ["node list"] = CenterTargets.Nodes,
        ["cursor of the page"] = _ => CenterTargets.Cursor(),
        ["certificate bundle"] = NodeTargets.Bundle,
        ["configuration"] = NodeTargets.Configuration,
        ["plate list"] = NodeTargets.PlateList,
        ["region pack"] = NodeTargets.RegionPack,
        ["pattern of plates"] = _ => NodeTargets.Pattern(),
        ["model card"] = NodeTargets.ModelCard,
        ["plate confusions"] = NodeTargets.Confusions,
    };

    private readonly TempFolder _temp = new();

    public static TheoryData<string> Names => [.. Targets.Keys];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_MutatedInputs_ValueOrRefusalWithinBudget(string name)
    {
        var target = Targets[name](_temp);
        using var owned = target.Owned;
        var (inputs, accepted, share) = FuzzRun.Mutated(target);

        output.WriteLine(
            $"{name}: seed {FuzzOptions.Seed}, {inputs} inputs, {accepted} accepted, at most {share:P0} of the memory budget");
        // A run in which all or none is accepted looks at one half of the parser only.
        Assert.InRange(accepted, target.IsSealed ? 0 : Math.Max(1, inputs / 500), inputs - 1);
    }
}
