using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Imaging;

/// <summary>The product makes tensors of floats; references give bytes.</summary>
internal static class LetterboxBytes
{
    /// <summary>As the letterbox's own, each value rounded.</summary>
    /// <param name="letterbox">Of a format of plain values.</param>
    public static void Run(this Letterbox letterbox, in YuvPlanes source, Span<byte> destination)
    {
        Assert.Equal(TensorFormat.Plain(letterbox.Format.Order, letterbox.Format.Pad), letterbox.Format);
        var tensor = new float[destination.Length];
        letterbox.Run(source, tensor);
        for (var i = 0; i < letterbox.OutputLength; i++) destination[i] = (byte)MathF.Round(tensor[i]);
    }
}
