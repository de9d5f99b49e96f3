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

    /// <summary>Canceled when the camera is to stop, and when the analysis has failed.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Waits for the thread to end, and rethrows the analysis's failure, if any.</summary>
    public void Join()
    {
        _thread.Join();
        _failure?.Throw();
    }

    /// <summary>Lets the thread finish its current frame, and waits for it to end.</summary>
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
            // Asked to stop: not a failure.
        }
        catch (Exception e) // an exception that escaped the thread would end the process silently
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            _end.Cancel();
        }
    }
}
