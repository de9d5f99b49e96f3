using System.Numerics.Tensors;

namespace Picket.Agent.Recognize;

/// <summary>One face's embedding fused over several shots: the mean weighted by their quality, L2-normalized
/// again.</summary>
internal sealed class FaceTemplate(int dimensions)
{
    private readonly float[] _sum = new float[dimensions];
    private readonly float[] _fused = new float[dimensions];

    /// <summary>Shots taken in.</summary>
    public int Shots { get; private set; }

    /// <summary>The highest quality taken in, 0 before the first.</summary>
    public float BestQuality { get; private set; }

    /// <summary>
    /// The fused embedding, of length 1; all 0 before the first shot. Valid until the next <see cref="Add"/>.
    /// </summary>
    public ReadOnlySpan<float> Embedding => _fused;

    /// <summary>Takes in one shot.</summary>
    /// <param name="embedding">Of length 1; lent.</param>
    /// <param name="quality">0..1; a shot of quality 0 counts for nothing.</param>
    public void Add(ReadOnlySpan<float> embedding, float quality)
    {
        TensorPrimitives.MultiplyAdd(embedding, quality, _sum, _sum);
        Shots++;
        BestQuality = MathF.Max(BestQuality, quality);
        var length = TensorPrimitives.Norm(_sum);
        if (length > 0) TensorPrimitives.Divide(_sum, length, _fused);
    }

    /// <summary>Forgets all shots, so that the object can serve another face.</summary>
    public void Clear()
    {
        Array.Clear(_sum);
        Array.Clear(_fused);
        Shots = 0;
        BestQuality = 0;
    }
}
