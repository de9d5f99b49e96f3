using Microsoft.ML.OnnxRuntime;

namespace Picket.Agent.Infer;

/// <summary>One thread's use of an <see cref="InferenceModel"/>: fill <see cref="Input"/>, <see cref="Run"/>, read <see cref="Output"/>.
/// Allocates nothing after construction.</summary>
/// <remarks>Input and outputs are pinned arrays bound once (OrtIoBinding), so ONNX Runtime reads and writes them in
/// place.</remarks>
internal sealed class InferenceRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly float[] _input;
    private readonly float[][] _outputs;
    private readonly OrtValue[] _values;

    /// <param name="session">Lent by the model, which must outlive the run.</param>
    public InferenceRun(ModelCard card, InferenceSession session)
    {
        _session = session;
        Card = card;
        _binding = session.CreateIoBinding();
        _values = new OrtValue[1 + card.Outputs.Count];
        _input = Allocate(card.Input.Shape);
        _values[0] = OrtValue.CreateTensorValueFromMemory(_input, card.Input.Shape);
        _binding.BindInput(card.Input.Name, _values[0]);
        _outputs = new float[card.Outputs.Count][];
        for (var i = 0; i < _outputs.Length; i++)
        {
            var output = card.Outputs[i];
            _outputs[i] = Allocate(output.Shape);
            _values[i + 1] = OrtValue.CreateTensorValueFromMemory(_outputs[i], output.Shape);
            _binding.BindOutput(output.Name, _values[i + 1]);
        }
    }

    public ModelCard Card { get; }

    /// <summary>The bound input tensor, N x C x H x W; it keeps its values between runs.</summary>
    public Span<float> Input => _input;

    /// <summary>Blocks until the outputs are computed from <see cref="Input"/>.</summary>
    public void Run() => _session.RunWithBinding(_options, _binding);

    /// <summary>The card's output of that index; valid until the next <see cref="Run"/>.</summary>
    public ReadOnlySpan<float> Output(int index) => _outputs[index];

    public void Dispose()
    {
        _binding.Dispose();
        foreach (var value in _values) value.Dispose();
        _options.Dispose();
    }

    private static float[] Allocate(long[] shape)
    {
        var length = 1L;
        foreach (var size in shape) length = checked(length * size);
        return GC.AllocateArray<float>(checked((int)length), pinned: true);
    }
}
