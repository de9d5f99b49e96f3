using System.Runtime.InteropServices;

namespace Picket.Agent.Faces;

/// <summary>
/// A gallery as one block of bytes: names and embeddings, and the model that made them. Little-endian, like every
/// machine this runs on.
/// </summary>
internal static class FaceGalleryCopy
{
    public const string FileName = "faces.gallery";

    private const string Mark = "picket gallery 1";

    /// <summary>Enough for a folder's name.</summary>
    private const int MaxNameBytes = 1024;

    /// <param name="model">The embedder, with its version.</param>
    public static byte[] Write(FaceGallery gallery, string model)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write(Mark);
        writer.Write(model);
        writer.Write(gallery.Dimensions);
        writer.Write(gallery.Count);
        for (var i = 0; i < gallery.Count; i++)
        {
            writer.Write(gallery.PersonOf(i));
            writer.Write(MemoryMarshal.AsBytes(gallery.Embedding(i)));
        }
        writer.Flush();
        return memory.ToArray();
    }

    /// <exception cref="IOException">It is damaged, or was made by another model.</exception>
    public static FaceGallery Read(byte[] copy, string model, int dimensions)
    {
        using var reader = new BinaryReader(new MemoryStream(copy));
        try
        {
            if (reader.ReadString() != Mark) throw new IOException("it is damaged");
            if (reader.ReadString() != model || reader.ReadInt32() != dimensions)
                throw new IOException("it was made by another model");
            var count = reader.ReadInt32();
            // Even an empty name takes one byte, for its length.
            if (count < 0 || count > copy.Length / (1 + dimensions * sizeof(float))) throw new IOException("it is damaged");
            var faces = new List<(string, float[])>(count);
            for (var i = 0; i < count; i++)
            {
                var name = reader.ReadString();
                var embedding = new float[dimensions];
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(embedding.AsSpan()));
                if (name.Length > MaxNameBytes || !Array.TrueForAll(embedding, float.IsFinite)) throw new IOException("it is damaged");
                faces.Add((name, embedding));
            }
            return new FaceGallery(dimensions, faces);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            throw new IOException("it is damaged", e);
        }
    }
}
