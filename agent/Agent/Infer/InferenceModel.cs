using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Picket.Agent.Infer;

/// <summary>An ONNX Runtime session over verified weights, shared by all threads; each runs it through its own
/// <see cref="InferenceRun"/>.</summary>
internal sealed class InferenceModel : IDisposable
{
    private static readonly Lazy<OrtEnv> Environment = new(CreateEnvironment);

    private readonly InferenceSession _session;

    /// <param name="threads">Threads of one operator; 1 unless the cores are known to be free, since cameras and models
    /// share them.</param>
    /// <exception cref="PicketException">The weights are not an ONNX model or do not have the card's inputs and outputs.</exception>
    public InferenceModel(ModelCard card, byte[] weights, int threads)
    {
        Card = card;
        _ = Environment.Value;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // A spinning pool takes a whole core from the decoders: two threads were slower than one.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.use_deterministic_compute", "1");
#if GPU
        UseGpu(options);
#endif
        try
        {
            _session = new InferenceSession(weights, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new PicketException(
                $"model {card.Id}: {card.File} does not load: {e.Message}; build the pack again with 'make models'",
                ExitCode.PartMissing,
                e);
        }
        try
        {
            RequireShapes(card);
        }
        catch (PicketException)
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Whether ONNX Runtime, which ships with the program, is beside it.</summary>
    public static bool IsRuntimeThere => NativeLibrary.TryLoad(
        "onnxruntime", typeof(InferenceSession).Assembly, DllImportSearchPath.AssemblyDirectory, out _);

    public ModelCard Card { get; }

    /// <summary>A run with its own bound buffers, for one thread at a time; the caller disposes it before the
    /// model.</summary>
    public InferenceRun CreateRun() => new(Card, _session);

    /// <summary>Like <see cref="CreateRun()"/>, with tensor sizes other than the card's where the graph leaves a dimension free (-1):
    /// another picture size, or a batch.</summary>
    /// <param name="input">N, C, H, W.</param>
    /// <param name="outputs">One shape per output of the card, in its order.</param>
    /// <exception cref="PicketException">The graph fixes a dimension to another size.</exception>
    public InferenceRun CreateRun(long[] input, IReadOnlyList<long[]> outputs)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(outputs.Count, Card.Outputs.Count);
        var sized = Card with
        {
            Input = Card.Input with { Shape = input },
            Outputs = [.. Card.Outputs.Zip(outputs, (output, shape) => output with { Shape = shape })],
        };
        RequireShapes(sized);
        return new InferenceRun(sized, _session);
    }

    public void Dispose() => _session.Dispose();

#if GPU
    /// <summary>A build for a GPU never silently computes on the processor instead.</summary>
    private static void UseGpu(SessionOptions options)
    {
        try
        {
            options.AppendExecutionProvider_CUDA(0);
        }
        catch (OnnxRuntimeException e)
        {
            throw new PicketException(
                $"this build computes on a GPU, and CUDA does not start: {e.Message}; install NVIDIA's driver, CUDA and cuDNN, "
                    + "or use the build without -p:Gpu=true",
                ExitCode.PartMissing,
                e);
        }
    }
#endif

    private void RequireShapes(ModelCard card)
    {
        RequireShape(_session.InputMetadata, card.Input.Name, card.Input.Shape);
        foreach (var output in card.Outputs) RequireShape(_session.OutputMetadata, output.Name, output.Shape);
    }

    private void RequireShape(IReadOnlyDictionary<string, NodeMetadata> nodes, string name, long[] shape)
    {
        if (!nodes.TryGetValue(name, out var node) || node.Dimensions.Length != shape.Length
            || !Matches(node.Dimensions, shape))
            throw new PicketException(
                $"model {Card.Id}: {Card.File} has no tensor {name} of shape [{string.Join(',', shape)}] "
                + "as its card says; build the pack again with 'make models'",
                ExitCode.PartMissing);
    }

    // A dimension of -1 is free in the model; the card fixes it.
    private static bool Matches(int[] model, long[] card)
    {
        for (var i = 0; i < card.Length; i++)
        {
            if (model[i] != -1 && model[i] != card[i]) return false;
        }
        return true;
    }

    // Unless told otherwise, this build of ONNX Runtime reports to its vendor: it opens a database in the user's cache folder and a log in
    // /tmp, reads the machine's id, and matches the command line with a regular expression that overflows the stack beyond 32 kB. A node on
    // an isolated line must do none of that.
    private static OrtEnv CreateEnvironment()
    {
        NativeEnvironment.Set("ORT_DISABLE_TELEMETRY", "1");
        var options =
            new EnvironmentCreationOptions { logId = "picket", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return OrtEnv.CreateInstanceWithOptions(ref options);
    }
}
