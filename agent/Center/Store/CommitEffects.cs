using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>What follows from newly stored events, combined so that a commit writes every row once.</summary>
/// <remarks>Both databases use it: what an event means is defined here and nowhere else.</remarks>
internal sealed class CommitEffects
{
    private readonly Dictionary<(string, Guid), NumberingChange> _numberings = [];
    private readonly Dictionary<(string, Guid), PassageChange> _passages = [];
    private readonly List<(EventEnvelope, NodeGapBody)> _gaps = [];
    private readonly List<(EventEnvelope, CameraStateBody)> _cameraStates = [];
    private readonly Dictionary<(string, Guid), CameraList> _cameraLists = [];

    /// <param name="now">When they arrived, in <see cref="UnixMicroseconds"/>.</param>
    public CommitEffects(IEnumerable<ReceivedEvent> stored, long now)
    {
        foreach (var received in stored) Add(received, now);
    }

    /// <summary>In the order of arrival, like those below.</summary>
    public IReadOnlyCollection<NumberingChange> Numberings => _numberings.Values;
    public IReadOnlyCollection<PassageChange> Passages => _passages.Values;
    public IReadOnlyList<(EventEnvelope Envelope, NodeGapBody Gap)> Gaps => _gaps;
    public IReadOnlyList<(EventEnvelope Envelope, CameraStateBody State)> CameraStates => _cameraStates;

    /// <summary>Which cameras each node has, according to the newest health report of each epoch.</summary>
    public IReadOnlyCollection<CameraList> CameraLists => _cameraLists.Values;

    private void Add(ReceivedEvent received, long now)
    {
        var envelope = received.Envelope;
        // A conflict's number belongs to another event.
        if (!received.IsConflict) AddNumber(envelope);
        if (envelope is { Passage: { } id, Phase: { } phase })
        {
            if (!_passages.TryGetValue((envelope.Node, id), out var passage))
                _passages.Add((envelope.Node, id), passage = new PassageChange(envelope.Node, id));
            passage.Add(received, phase, now);
        }
        if (envelope.Body.Gap is { } gap) _gaps.Add((envelope, gap));
        if (envelope is { Camera: not null, Body.CameraState: { } state }) _cameraStates.Add((envelope, state));
        if (envelope.Body.Health is { } health) AddCameras(envelope, health);
    }

    private void AddCameras(EventEnvelope envelope, NodeHealthBody health)
    {
        var epoch = (envelope.Node, envelope.Epoch);
        if (_cameraLists.TryGetValue(epoch, out var list) && list.Seq > envelope.Seq) return;
        _cameraLists[epoch] = new CameraList(
            envelope.Node, envelope.Epoch, envelope.Seq, [.. health.Cameras.Select(camera => camera.Camera)]);
    }

    private void AddNumber(EventEnvelope envelope)
    {
        var epoch = (envelope.Node, envelope.Epoch);
        if (!_numberings.TryGetValue(epoch, out var numbering))
            _numberings.Add(epoch, numbering = new NumberingChange(envelope.Node, envelope.Epoch));
        numbering.Add(envelope.Seq, envelope.Body.Health?.OutboxPending);
    }
}

/// <summary>What a batch of events says about an epoch's numbering.</summary>
internal sealed class NumberingChange(string node, Guid epoch)
{
    public string Node { get; } = node;
    public Guid Epoch { get; } = epoch;
    public long MaxSeq { get; private set; }
    public long Messages { get; private set; }

    /// <summary>Events that waited in the outbox, as message <see cref="PendingSeq"/> reported, or null.</summary>
    public long? Pending { get; private set; }

    /// <summary>0 if no message reported it.</summary>
    public long PendingSeq { get; private set; }

    public void Add(long seq, long? pending)
    {
        Messages++;
        MaxSeq = Math.Max(MaxSeq, seq);
        if (pending is null || seq <= PendingSeq) return;
        (Pending, PendingSeq) = (pending, seq);
    }
}

/// <summary>Which cameras a node has, according to its health report: states of any others belong to cameras that are
/// gone.</summary>
internal sealed record CameraList(string Node, Guid Epoch, long Seq, string[] Cameras);
