using System.Runtime.ExceptionServices;

namespace Picket.Agent.Pipeline;

/// <summary>A camera's pipeline and the thread that runs it, until its first failure.</summary>
internal sealed class CameraAnalysis : IDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the thread. Takes ownership of <paramref name="pipeline"/>.</summary>
    public CameraAnalysis(string camera, CameraPipeline pipeline, CancellationToken cancel)
    {
        Pipeline = pipeline;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _thread = new Thread(Run) { Name = $"analysis {camera}", IsBackground = true };
        _thread.Start();
    }

    public CameraPipeline Pipeline { get; }

    /// <summary>Canceled when the camera is to end, and when the analysis has failed.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Waits for the end of the thread, and throws what the analysis has failed with.</summary>
    public void Join()
    {
        _thread.Join();
        _failure?.Throw();
    }

    /// <summary>Has the thread finish the frame it is in, and waits for that.</summary>
    public void Stop()
    {
        _end.Cancel();
        _thread.Join();
    }

    public void Dispose()
    {
        Pipeline.Dispose();
        _end.Dispose();
    }

    private void Run()
    {
        try
        {
            Pipeline.Run(_end.Token);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Asked to end: that is no failure.
        }
        catch (Exception e) // an exception that left a thread would end the process without a word
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            _end.Cancel();
        }
    }
}
