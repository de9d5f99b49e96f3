using Picket.Agent.Ingest;

namespace Picket.Agent.Pipeline;

/// <summary>
/// One try at a camera: its frames, slot, ingest thread and pipeline, made together and ended together.
/// </summary>
internal sealed class CameraRun : IDisposable
{
    private readonly FramePool _pool = new(FramePool.PerCamera);

    /// <param name="ingest">Makes the ingest thread over the run's pool and slot.</param>
    /// <param name="pipeline">Makes the pipeline over the run's slot; owned by the run.</param>
    public CameraRun(Func<FramePool, LatestFrame, IngestThread> ingest, Func<LatestFrame, CameraPipeline> pipeline)
    {
        Ingest = ingest(_pool, Latest);
        Pipeline = pipeline(Latest);
    }

    public LatestFrame Latest { get; } = new();
    public IngestThread Ingest { get; }
    public CameraPipeline Pipeline { get; }

    /// <summary>
    /// Runs until <paramref name="stop"/> or the end of a clip. When one half fails, the other is ended before the
    /// failure is thrown.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ingest = Ingest.RunAsync(both.Token);
        try
        {
            await Pipeline.RunAsync(both.Token);
            await ingest;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
        finally
        {
            await both.CancelAsync();
            await ingest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        Pipeline.Dispose();
        Latest.Dispose();
        _pool.Dispose();
    }
}
