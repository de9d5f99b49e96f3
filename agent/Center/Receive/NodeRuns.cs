namespace Picket.Center.Receive;

/// <summary>The runs of one node that were seen last.</summary>
internal sealed class NodeRuns
{
    /// <summary>Two copies take turns; each may be started anew in between.</summary>
    private const int Kept = 4;

    private readonly List<Guid> _runs = [];

    /// <summary>When a second machine was seen last, or null.</summary>
    public DateTimeOffset? TwiceAt { get; set; }

    /// <summary>Takes note of a run; true when another one was seen since its last word.</summary>
    public bool IsBack(Guid run)
    {
        var at = _runs.IndexOf(run);
        if (at == _runs.Count - 1 && at >= 0) return false;
        if (at >= 0) _runs.RemoveAt(at);
        else if (_runs.Count == Kept) _runs.RemoveAt(0);
        _runs.Add(run);
        return at >= 0;
    }
}
