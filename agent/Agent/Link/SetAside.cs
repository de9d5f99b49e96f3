namespace Picket.Agent.Link;

/// <summary>Events that the center has left unacknowledged again and again: they wait outside of the window, so that what can
/// never be acknowledged holds up nothing else, and are tried again a few at a time.</summary>
/// <remarks>Used by one session; the events stay unsent in the outbox whatever becomes of this.</remarks>
internal sealed class SetAside
{
    /// <summary>How many are tried again at a time: 11 kB, a sixth of the window.</summary>
    private const int Batch = 16;

    /// <summary>16,384 ids are a megabyte; any beyond that are tried again like new events.</summary>
    private const int MaxIds = 16_384;

    private readonly HashSet<Guid> _ids = [];
    private readonly HashSet<Guid> _hadASecondChance = [];
    private readonly Queue<Guid> _soon = new();
    private readonly Queue<Guid> _later = new();

    public int Count => _ids.Count;

    /// <summary>Whether it must not be sent now.</summary>
    public bool Has(Guid id) => _ids.Contains(id);

    /// <param name="isStill">Nothing was acknowledged at all, so the center may have stalled: it gets one more chance as
    /// soon as anything is.</param>
    public void Add(Guid id, bool isStill)
    {
        if (_ids.Count >= MaxIds || !_ids.Add(id)) return;
        if (_hadASecondChance.Count >= MaxIds) _hadASecondChance.Clear();
        (isStill && _hadASecondChance.Add(id) ? _soon : _later).Enqueue(id);
    }

    /// <summary>The center has it, or never takes it.</summary>
    public void Remove(Guid id) => _ids.Remove(id);

    /// <summary>Something was acknowledged: releases some of those that were stalled with it. False if there were
    /// none.</summary>
    public bool ReleaseSoon() => Release(_soon);

    /// <summary>Time has passed: releases those that have waited longest. False if there were none.</summary>
    public bool ReleaseLater() => Release(_soon) | Release(_later);

    private bool Release(Queue<Guid> queue)
    {
        var released = 0;
        while (released < Batch && queue.TryDequeue(out var id))
        {
            if (_ids.Remove(id)) released++;
        }
        return released > 0;
    }
}
