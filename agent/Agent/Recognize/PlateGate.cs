using Picket.Agent.Infer;

namespace Picket.Agent.Recognize;

/// <summary>Tells plates from what only looks like one, by detector and reader together.</summary>
/// <remarks>Parameters of the reader's card; fixed by the study before any figure was seen.</remarks>
/// <param name="LeastCharacters">Of the text.</param>
/// <param name="LeastProduct">Of the detector's score and <see cref="PlateRead.Score"/>.</param>
internal readonly record struct PlateGate(int LeastCharacters, float LeastProduct)
{
    /// <exception cref="PicketException">The card lacks a parameter.</exception>
    public static PlateGate Of(ModelCard reader) =>
        new((int)reader.Parameter("leastCharacters"), reader.Parameter("leastProduct"));

    /// <summary>Whether it is a plate.</summary>
    /// <param name="score">The detector's.</param>
    public bool Passes(float score, PlateRead read) =>
        read.Text.Length >= LeastCharacters && score * read.Score >= LeastProduct;
}
