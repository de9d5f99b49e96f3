using Picket.Agent.Imaging;
using Picket.Agent.Infer;

namespace Picket.Tests.Support;

/// <summary>A plate detector without training whose answers can be summed by hand (<c>Agent/Detect/make_probe.py</c>):
/// a cell's mean color is its answer.</summary>
internal static class PlateProbe
{
    /// <summary>As <c>plate-detect</c>, for an input of 64 x 96 pixels.</summary>
    public static ModelCard Card { get; } = new(
        "plate-probe",
        "1.0.0",
        DecoderKind.PlateDetect,
        "red: score, green: half the width, blue: half the height",
        "plate-probe.onnx",
        "",
        "none",
        new ModelInput("image", [1, 3, 64, 96], ChannelOrder.Rgb, 0, 1, ResizeFilter.Auto),
        [
            new ModelOutput("score", [1, 1, 8, 12]),
            new ModelOutput("box", [1, 4, 8, 12]),
            new ModelOutput("corners", [1, 8, 8, 12]),
        ],
        new Dictionary<string, double>
        {
            ["score"] = 0.3,
            ["iou"] = 0.25,
            ["containment"] = 0.6,
            ["minWidth"] = 10,
            ["minHeight"] = 5,
            ["leastWidth"] = 20,
            ["mostEnlarged"] = 1.25,
            ["halvedFrom"] = 0.25,
        },
        "Apache-2.0",
        new ModelOrigin("picket", "1.0.0", "tests", "", ""),
        []);

    /// <summary>The model; the caller disposes it.</summary>
    public static InferenceModel Load() =>
        new(Card, File.ReadAllBytes(Repository.Path("tests", "Agent", "Plates", "plate-probe.onnx")), threads: 1);

    /// <summary>Luma and chroma (BT.601, full range) of a color.</summary>
    public static (byte Y, byte U, byte V) Yuv(double red, double green, double blue)
    {
        var y = 0.299 * red + 0.587 * green + 0.114 * blue;
        var u = 128 + (blue - y) / 1.772;
        var v = 128 + (red - y) / 1.402;
        return ((byte)Math.Round(y), (byte)Math.Round(u), (byte)Math.Round(v));
    }
}
