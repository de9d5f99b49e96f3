using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest;

/// <summary>One decoded picture in the decoder's native YUV, owned by exactly one holder at a time; <see cref="Dispose"/> gives it back to its pool.</summary>
/// <remarks>Owner in turn: the source that fills it, the latest-frame slot, the analysis loop, which disposes it. No reference counts.</remarks>
internal sealed partial class Frame : IDisposable
{
    /// <summary>Counted by the source since it was opened, from 0.</summary>
    public long Number { get; internal set; }

    /// <summary>Since the start of the clip or stream.</summary>
    public TimeSpan Time { get; internal set; }

    /// <summary>UTC: arrival for cameras (a camera's clock is data, not truth), start of the run plus <see cref="Time"/> for clips.</summary>
    public DateTimeOffset At { get; internal set; }

    /// <summary><see cref="System.Diagnostics.Stopwatch"/> timestamp at the end of decode; latencies count from here.</summary>
    public long DecodedTimestamp { get; internal set; }

    /// <summary>The decoder concealed damage in it: shots of it count less.</summary>
    public bool Corrupt { get; internal set; }
    public int Width { get; internal set; }
    public int Height { get; internal set; }

    public void Dispose() => Pool?.Return(this);

    internal FramePool? Pool { get; init; }
}
