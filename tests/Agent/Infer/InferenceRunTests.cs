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

    // Expected: torch 1.13, float32, with the state that was exported (plate_golden.py beside this file). Shipped weights that
    // were replaced need the script's new output.
    [Fact]
    public void Run_PlateDetector_EqualsTorch()
    {
        const int Row = 24, Column = 39;
        float[][] expected =
        [
            [0.855636f],
            [62.5196f, 20.7051f, 70.6774f, 13.8709f],
            [-59.7268f, -17.1701f, 67.5208f, -17.6086f, 67.8106f, 12.1256f, -59.7871f, 12.334f],
        ];
        using var model = _catalog.Load("plate-detect");
        using var run = model.CreateRun();
        FillWithBoard(run.Input, model.Card.Input.Width, model.Card.Input.Height);
        run.Run();
        var (columns, cells) = (model.Card.Input.Width / 8, run.Output(0).Length);
        var best = 0;
        for (var i = 0; i < cells; i++)
            if (run.Output(0)[i] > run.Output(0)[best]) best = i;
        Assert.Equal((Row, Column), (best / columns, best % columns));
        for (var output = 0; output < expected.Length; output++)
        {
            for (var channel = 0; channel < expected[output].Length; channel++)
                Assert.Equal(expected[output][channel], run.Output(output)[(channel * cells) + best], 2e-3f * Largest(expected[output]));
        }
    }

    [Fact]
    public void Run_Repeated_AllocatesNothing()
    {
        using var model = _catalog.Load("face-landmark");
        using var run = model.CreateRun();
        run.Run();
        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 10; i++) run.Run();
        });
        Assert.Equal(0, allocated);
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

    // A slope, and on it a light board of 120 x 26 pixels with dark bars; the script draws the same.
    private static void FillWithBoard(Span<float> input, int width, int height)
    {
        for (var c = 0; c < 3; c++)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var isBoard = x is >= 260 and < 380 && y is >= 180 and < 206;
                    var isBar = x is >= 266 and < 374 && y is >= 185 and < 201 && (x - 266) % 14 < 7;
                    input[(((c * height) + y) * width) + x] = isBar ? 30 : isBoard ? 230 : 60 + ((x + (2 * y) + (16 * c)) % 48);
                }
            }
        }
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
