using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Judges whether a face is live or a print or screen. Advisory only: how many spoofs get through has not been
/// measured. One per thread.</summary>
internal sealed class Liveness : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "face-liveness";

    private readonly InferenceRun _run;
    private readonly AffineCrop _crop;
    private readonly float _scale;

    /// <param name="model">Lent; must outlive this.</param>
    public Liveness(InferenceModel model)
    {
        var input = model.Card.Input;
        _scale = model.Card.Parameter("cropScale");
        _crop = new AffineCrop(input.Width, input.Height, input.Format);
        _run = model.CreateRun();
    }

    /// <summary>The probability 0..1 that the face is live.</summary>
    public float Judge(in YuvPlanes picture, in Detection box)
    {
        var region = Region(box, picture.Width, picture.Height, _scale);
        var toSource = AffineTransform.FromRectangle(
            region.X, region.Y, region.Width, region.Height, _crop.Width, _crop.Height);
        _crop.Run(picture, toSource, _run.Input);
        _run.Run();
        return Softmax(_run.Output(0), 0);
    }

    /// <summary>The square shown to the model: <paramref name="scale"/> times the box's height, at most the picture's
    /// smaller side, moved back inside the picture.</summary>
    public static Detection Region(in Detection box, int width, int height, float scale)
    {
        var side = MathF.Max(1, MathF.Min(scale * box.Height, MathF.Min(width, height) - 1));
        var x = Math.Clamp(box.CenterX - side / 2, 0, width - side);
        var y = Math.Clamp(box.CenterY - side / 2, 0, height - side);
        return new Detection(x, y, side, side, box.Score);
    }

    public void Dispose() => _run.Dispose();

    private static float Softmax(ReadOnlySpan<float> logits, int index)
    {
        var largest = logits[0];
        foreach (var logit in logits) largest = MathF.Max(largest, logit);
        var sum = 0f;
        foreach (var logit in logits) sum += MathF.Exp(logit - largest);
        return MathF.Exp(logits[index] - largest) / sum;
    }
}
