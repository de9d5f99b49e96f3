using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Picket.Agent.Faces;

/// <summary>The faces looked for: people with one or more embeddings each; a face is compared with all of them.
/// Immutable, hence safe for any number of threads.</summary>
/// <remarks>
/// Embeddings lie row by row in one block aligned to 64 bytes; a search reads it once from front to back. 10,000 rows
/// of 512 floats are 20 MB, about a millisecond of memory bandwidth: at this size an index would cost recall and gain
/// nothing.
/// </remarks>
internal sealed class FaceGallery
{
    private const int Alignment = 64;

    private readonly float[] _rows;
    private readonly int _first;
    private readonly int[] _personOf;

    /// <param name="dimensions">Length of an embedding.</param>
    /// <param name="faces">Person and embedding (of length 1, copied); a person may occur more than once.</param>
    public FaceGallery(int dimensions, IReadOnlyList<(string Person, float[] Embedding)> faces)
    {
        Dimensions = dimensions;
        _rows = GC.AllocateArray<float>(checked(faces.Count * dimensions + Alignment / sizeof(float)), pinned: true);
        _first = FirstAligned(_rows);
        _personOf = new int[faces.Count];
        var people = new List<string>();
        var indexOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < faces.Count; i++)
        {
            var (person, embedding) = faces[i];
            if (embedding.Length != dimensions)
                throw new ArgumentException(
                    $"an embedding of {person} has {embedding.Length} numbers instead of {dimensions}", nameof(faces));
            if (!indexOf.TryGetValue(person, out _personOf[i]))
            {
                _personOf[i] = indexOf[person] = people.Count;
                people.Add(person);
            }
            embedding.CopyTo(_rows, _first + i * dimensions);
        }
        People = people;
    }

    public int Dimensions { get; }

    /// <summary>Number of embeddings on the list; the threshold is computed from it.</summary>
    public int Count => _personOf.Length;

    /// <summary>Each person once.</summary>
    public IReadOnlyList<string> People { get; }

    /// <summary>The person whose embedding has this index.</summary>
    public string PersonOf(int index) => People[_personOf[index]];

    /// <summary>Of length 1; belongs to the gallery.</summary>
    public ReadOnlySpan<float> Embedding(int index) => _rows.AsSpan(_first + index * Dimensions, Dimensions);

    /// <summary>The person with the embedding nearest to <paramref name="embedding"/>. Allocates nothing.</summary>
    /// <param name="embedding">Of length 1 and of <see cref="Dimensions"/> numbers.</param>
    public FaceMatch Search(ReadOnlySpan<float> embedding)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(embedding.Length, Dimensions);
        var best = FaceMatch.None;
        for (var i = 0; i < _personOf.Length; i++)
        {
            var similarity = TensorPrimitives.Dot(embedding, Embedding(i));
            if (similarity > best.Similarity) best = new FaceMatch(_personOf[i], similarity);
        }
        return best;
    }

    private static unsafe int FirstAligned(float[] pinned)
    {
        var address = (nuint)Unsafe.AsPointer(ref pinned[0]);
        var behind = (int)(address % Alignment);
        return behind == 0 ? 0 : (Alignment - behind) / sizeof(float);
    }
}

/// <summary>The nearest person of a gallery and the cosine to them; the threshold decides whether that is a
/// match.</summary>
/// <param name="Person">Index into <see cref="FaceGallery.People"/>, or -1 for an empty gallery.</param>
internal readonly record struct FaceMatch(int Person, float Similarity)
{
    public static readonly FaceMatch None = new(-1, -1);
}
