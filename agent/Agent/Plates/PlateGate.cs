using Picket.Agent.Infer;

namespace Picket.Agent.Plates;

/// <summary>Tells plates from look-alikes, by detector and reader together.</summary>
/// <remarks>Parameters from the reader's card. Characters and product are the study's; the least confidence was set on
/// pictures allowed for training: what the reader itself considers wrong is lettering or texture far more often than a
/// plate.</remarks>
/// <param name="LeastCharacters">Of the text.</param>
/// <param name="LeastProduct">Of the detector's score and <see cref="PlateRead.Score"/>.</param>
/// <param name="LeastConfidence">Of the read, as calibrated.</param>
internal readonly record struct PlateGate(int LeastCharacters, float LeastProduct, float LeastConfidence)
{
    /// <exception cref="PicketException">The card lacks a parameter.</exception>
    public static PlateGate Of(ModelCard reader) =>
        new(
            (int)reader.Parameter("leastCharacters"),
            reader.Parameter("leastProduct"),
            reader.Parameter("leastConfidence"));

    /// <summary>Whether it is a plate.</summary>
    /// <param name="score">The detector's.</param>
    public bool Passes(float score, PlateRead read) =>
        read.Text.Length >= LeastCharacters
        && score * read.Score >= LeastProduct
        && read.Confidence >= LeastConfidence;
}
