using System.Numerics.Tensors;

namespace Picket.Agent.Faces;

/// <summary>
/// One face's embedding fused from its best shots: their mean weighted by quality, L2-normalized again. A shot with
/// less than half the best one's quality is left out: early ones, distant or blurred, do no harm once there are better
/// ones.
/// </summary>
/// <remarks>Memory: eight shots of 512 numbers are 16 kB.</remarks>
internal sealed class FaceTemplate(int dimensions)
{
    /// <summary>The fused embedding hardly gains beyond eight shots; the worst makes room for a better one.</summary>
    public const int MaxShots = 8;

    private const float LeastShare = 0.5f;
    private readonly float[] _embeddings = new float[MaxShots * dimensions];
    private readonly float[] _qualities = new float[MaxShots];
    private readonly float[] _fused = new float[dimensions];
    private int _kept;

    /// <summary>Number of fused shots.</summary>
    public int Shots { get; private set; }

    /// <summary>The highest quality so far, 0 before the first shot.</summary>
    public float BestQuality { get; private set; }

    /// <summary>
    /// The fused embedding, of length 1; all 0 before the first shot. Valid until the next <see cref="Add"/>.
    /// </summary>
    public ReadOnlySpan<float> Embedding => _fused;

    /// <summary>Takes in a shot.</summary>
    /// <param name="embedding">Of length 1; lent.</param>
    /// <param name="quality">0..1; a shot of quality 0 counts for nothing.</param>
    public void Add(ReadOnlySpan<float> embedding, float quality)
    {
        if (!(quality > 0)) return;
        var place = _kept;
        if (_kept < MaxShots)
            _kept++;
        else
        {
            place = _qualities.AsSpan().IndexOf(TensorPrimitives.Min<float>(_qualities));
            if (_qualities[place] > quality) return;
        }
        embedding.CopyTo(_embeddings.AsSpan(place * dimensions, dimensions));
        _qualities[place] = quality;
        BestQuality = MathF.Max(BestQuality, quality);
        Fuse();
    }

    /// <summary>Forgets all shots, so that the object can serve another face.</summary>
    public void Clear()
    {
        Array.Clear(_fused);
        (_kept, Shots, BestQuality) = (0, 0, 0);
    }

    private void Fuse()
    {
        Array.Clear(_fused);
        Shots = 0;
        for (var i = 0; i < _kept; i++)
        {
            if (_qualities[i] < BestQuality * LeastShare) continue;
            Shots++;
            TensorPrimitives.MultiplyAdd(_embeddings.AsSpan(i * dimensions, dimensions), _qualities[i], _fused, _fused);
        }
        var length = TensorPrimitives.Norm<float>(_fused);
        if (length > 0) TensorPrimitives.Divide(_fused, length, _fused);
    }
}
