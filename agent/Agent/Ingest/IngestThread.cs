namespace Picket.Agent.Ingest;

/// <summary>
/// One camera's thread: opens the source, puts its frames into the latest-frame slot, and comes back with growing
/// delays when it fails.
/// </summary>
/// <remarks>
/// Who owns a frame: this thread while it is decoded into, then the slot, then whoever takes it. The taker disposes a
/// frame before it takes the next, so a pool of <see cref="FramePool.PerCamera"/> always has one free.
/// </remarks>
/// <param name="open">Opens the source anew for each try; called on the thread.</param>
/// <param name="pool">Lent; not shared with other sources.</param>
/// <param name="slot">Lent; ended when the thread ends.</param>
/// <param name="changed">Told, on the thread, each time the source comes up, goes down, or stays down for another
/// reason. Must not throw or block.</param>
internal sealed class IngestThread(
    Func<CancellationToken, IFrameSource> open, FramePool pool, LatestFrame slot, Action<IngestChange> changed,
    IngestOptions options)
{
    /// <summary>Decoding needs little stack; 1 MiB is twice what was tried with 8 cameras.</summary>
    private const int StackBytes = 1 << 20;

    private readonly Backoff _backoff = new(options.ShortestDelay, options.LongestDelay, Random.Shared);
    private volatile DecodeEffort _effort;
    private volatile bool _isUp;
    private long _frames;
    private long _corrupt;
    private long _runs;
    private long _bytes;
    private long _badPackets;
    private string? _downFor;
    private long _upSince;

    /// <summary>Frames decoded.</summary>
    public long Frames => Interlocked.Read(ref _frames);

    /// <summary>Of these, frames with concealed damage.</summary>
    public long CorruptFrames => Interlocked.Read(ref _corrupt);

    /// <summary>Packets that the decoder refused.</summary>
    public long BadPackets => Interlocked.Read(ref _badPackets);

    /// <summary>Times the source came up again after the first.</summary>
    public long Reconnects => Math.Max(0, Interlocked.Read(ref _runs) - 1);

    /// <summary>Compressed video bytes read.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Frames come.</summary>
    public bool IsUp => _isUp;

    /// <summary>How much is decoded; may be changed from any thread, holds over reconnects.</summary>
    public DecodeEffort Effort { get => _effort; set => _effort = value; }

    /// <summary>Starts the thread.</summary>
    /// <returns>Ends when the thread has ended: after cancellation, at the end of a clip, or faulted by what no
    /// reconnect can cure (a missing library, a bug).</returns>
    public Task RunAsync(CancellationToken cancel)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Run(cancel);
                ended.SetResult();
            }
            catch (Exception e) // an exception that left a thread would end the process without a word
            {
                ended.SetException(e);
            }
        }, StackBytes)
        { Name = options.Name, IsBackground = true };
        thread.Start();
        return ended.Task;
    }

    private void Run(CancellationToken cancel)
    {
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                try
                {
                    ReadToEnd(cancel);
                    return;
                }
                catch (SourceException e)
                {
                    WaitAfter(e, cancel);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Asked to end: that is no failure.
        }
        finally
        {
            _isUp = false;
            slot.End();
        }
    }

    private void ReadToEnd(CancellationToken cancel)
    {
        using var source = open(cancel);
        var (bytesBefore, badBefore) = (_bytes, _badPackets);
        var first = true;
        var frame = pool.Rent();
        try
        {
            while (true)
            {
                source.Effort = _effort;
                var more = source.TryRead(frame, cancel);
                Count(source, bytesBefore, badBefore);
                if (!more) return;
                Interlocked.Increment(ref _frames);
                if (frame.Corrupt) Interlocked.Increment(ref _corrupt);
                if (first) ReportUp();
                first = false;

                var decoded = frame;
                frame = null;
                slot.Publish(decoded); // gives back the frame it replaces, so one is free
                frame = pool.Rent();
            }
        }
        finally
        {
            Count(source, bytesBefore, badBefore);
            frame?.Dispose();
        }
    }

    private void Count(IFrameSource source, long bytesBefore, long badBefore)
    {
        Interlocked.Exchange(ref _bytes, bytesBefore + source.BytesRead);
        Interlocked.Exchange(ref _badPackets, badBefore + source.BadPackets);
    }

    private void ReportUp()
    {
        _isUp = true;
        _downFor = null;
        _upSince = options.Time.GetTimestamp();
        Interlocked.Increment(ref _runs);
        changed(new IngestChange(options.Time.GetUtcNow(), null, TimeSpan.Zero));
    }

    private void WaitAfter(SourceException failure, CancellationToken cancel)
    {
        var upFor = _isUp ? options.Time.GetElapsedTime(_upSince) : TimeSpan.Zero;
        _isUp = false;
        if (upFor >= options.SteadyAfter) _backoff.Reset();
        // A password that is wrong is wrong in a second too, and some cameras lock who tries often.
        var delay = failure.Kind == SourceErrorKind.Unauthorized ? options.LongestDelay : _backoff.Next();
        if (failure.Message != _downFor)
        {
            _downFor = failure.Message;
            changed(new IngestChange(options.Time.GetUtcNow(), failure, delay));
        }
        cancel.WaitHandle.WaitOne(delay);
    }
}

/// <summary>How an <see cref="IngestThread"/> comes back to a source that failed.</summary>
internal sealed record IngestOptions
{
    /// <summary>The thread's name.</summary>
    public string Name { get; init; } = "ingest";

    /// <summary>Of the first wait: a camera that only dropped the connection is back at once.</summary>
    public TimeSpan ShortestDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Of waits that doubled often, and of the wait after 401, so that no camera locks the account.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A source that gave frames for this long has recovered: waits start over.</summary>
    public TimeSpan SteadyAfter { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>A camera came up, or went down.</summary>
/// <param name="At">UTC, by our own clock.</param>
/// <param name="Failure">Null when it came up (its first frame is decoded); otherwise why it is down.</param>
/// <param name="RetryIn">When it is down: how long until the next try.</param>
internal readonly record struct IngestChange(DateTimeOffset At, SourceException? Failure, TimeSpan RetryIn)
{
    public bool IsUp => Failure is null;
}
