namespace Picket.Agent.Ingest;

/// <summary>Keeps a camera's few frames and lends them out.</summary>
internal sealed class FramePool
{
    private readonly Stack<Frame> _free = new();

    public void Return(Frame frame)
    {
        lock (_free) _free.Push(frame);
    }
}
