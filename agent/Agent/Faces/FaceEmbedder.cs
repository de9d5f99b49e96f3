using System.Numerics.Tensors;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;

namespace Picket.Agent.Faces;

/// <summary>Turns an aligned face into its embedding. One per thread; allocates nothing per face.</summary>
internal sealed class FaceEmbedder : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "face-embed";

    private readonly InferenceRun _run;
    private readonly AffineCrop _crop;
    private readonly bool _mirror;

    /// <param name="model">Lent; must outlive this.</param>
    /// <exception cref="PicketException">The model's input is not the square that faces are aligned to.</exception>
    public FaceEmbedder(InferenceModel model)
    {
        var input = model.Card.Input;
        if (input.Width != FaceAlignment.CropSide || input.Height != FaceAlignment.CropSide)
            throw new PicketException(
                $"model {model.Card.Id}: its input is {input.Width}x{input.Height}, "
                + $"faces are aligned to {FaceAlignment.CropSide}x{FaceAlignment.CropSide}",
                ExitCode.PartMissing);
        _mirror = model.Card.Parameter("mirror") != 0;
        _crop = new AffineCrop(input.Width, input.Height, input.Format);
        _run = model.CreateRun();
    }

    /// <summary>Length of an embedding.</summary>
    public int Dimensions => _run.Output(0).Length;

    /// <summary>Name and version of the model: embeddings of different ones must not be compared.</summary>
    public string Model => $"{_run.Card.Id}-{_run.Card.Version}";

    /// <summary>
    /// Length of the last embedding before normalization. The network responds weakly to anything but an upright face.
    /// </summary>
    public float Strength { get; private set; }

    /// <summary>Fills <paramref name="embedding"/> (<see cref="Dimensions"/> numbers) with the face's embedding, of
    /// length 1.</summary>
    /// <returns>False, and all zeros, when the points coincide and define no crop.</returns>
    public bool TryEmbed(in YuvPlanes picture, in FacePoints points, Span<float> embedding)
    {
        embedding = embedding[..Dimensions];
        embedding.Clear();
        Strength = 0;
        if (!FaceAlignment.TryCrop(points, out var toSource)) return false;
        _crop.Run(picture, toSource, _run.Input);
        AddRun(embedding);
        if (_mirror)
        {
            MirrorRows(_run.Input, _crop.Width);
            AddRun(embedding);
        }
        return Normalize(embedding);
    }

    public void Dispose() => _run.Dispose();

    private void AddRun(Span<float> embedding)
    {
        _run.Run();
        TensorPrimitives.Add(embedding, _run.Output(0), embedding);
    }

    private static void MirrorRows(Span<float> tensor, int width)
    {
        for (var at = 0; at < tensor.Length; at += width) tensor.Slice(at, width).Reverse();
    }

    private bool Normalize(Span<float> embedding)
    {
        var length = TensorPrimitives.Norm<float>(embedding);
        if (!(length > 0)) return false;
        Strength = length;
        TensorPrimitives.Divide(embedding, length, embedding);
        return true;
    }
}
