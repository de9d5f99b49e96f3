using Picket.Agent.Infer;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Infer;

public sealed class InferenceRunTests
{
    private readonly ModelCatalog _catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));

    // The source file, with PRelu, is the reference; the rewritten one may differ by rounding only.
    [Fact]
    public void Run_RewrittenModel_EqualsItsSource()
    {
        var card = _catalog.Card("face-embed");
        Assert.Equal("prelu-depthwise", card.Rewrite);
        var source = File.ReadAllBytes(
            Repository.Path("models", "node_modules", card.Origin.Package, card.Origin.Path));
        using var original = new InferenceModel(card, source, threads: 1);
        using var rewritten = _catalog.Load("face-embed");
        using var expected = original.CreateRun();
        using var actual = rewritten.CreateRun();
        FillWithNoise(expected.Input, card);
        expected.Input.CopyTo(actual.Input);
        expected.Run();
        actual.Run();
        var most = 1e-5f * Largest(expected.Output(0));
        Assert.True(most > 0, "the reference gives nothing");
        for (var i = 0; i < expected.Output(0).Length; i++)
            Assert.InRange(actual.Output(0)[i] - expected.Output(0)[i], -most, most);
    }

    [Fact]
    public void Run_Repeated_AllocatesNothing()
    {
        using var model = _catalog.Load("face-landmark");
        using var run = model.CreateRun();
        run.Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) run.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Run_SameInputTwice_GivesTheSameBits()
    {
        using var model = _catalog.Load("face-embed");
        using var run = model.CreateRun();
        FillWithNoise(run.Input, model.Card);
        run.Run();
        var first = run.Output(0).ToArray();
        run.Run();
        Assert.Equal(first, run.Output(0).ToArray());
    }

    [Fact]
    public void Run_TwoRunsOfOneModel_DoNotShareBuffers()
    {
        using var model = _catalog.Load("face-landmark");
        using var first = model.CreateRun();
        using var second = model.CreateRun();
        first.Input.Fill(0.1f);
        second.Input.Fill(0.9f);
        first.Run();
        var alone = first.Output(0).ToArray();
        second.Run();
        Assert.Equal(alone, first.Output(0).ToArray());
        Assert.NotEqual(alone, second.Output(0).ToArray());
    }

    private static void FillWithNoise(Span<float> input, ModelCard card)
    {
        var random = new Random(1);
        for (var i = 0; i < input.Length; i++)
            input[i] = (random.Next(256) - card.Input.Offset) / card.Input.Divisor;
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values) largest = MathF.Max(largest, MathF.Abs(value));
        return largest;
    }
}
