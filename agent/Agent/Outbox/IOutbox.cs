using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>What the link needs from an outbox: what is pending, what became of it, and notice of changes. Members may be called from any
/// thread.</summary>
/// <remarks>A node uses <see cref="OutboxStore"/>. The bench of thousands of nodes in one process has one without a disk, so that it runs
/// this same link.</remarks>
internal interface IOutbox
{
    /// <summary>Raised after a commit with new events; handlers must not block.</summary>
    event Action? Appended;

    /// <summary>Raised when events before those last read may be unsent again; handlers must not block.</summary>
    event Action? Rewound;

    /// <summary>Changes when numbering restarts at 1.</summary>
    Guid Epoch { get; }

    /// <summary>The clock of <see cref="OutboxRow.Decoded"/>.</summary>
    EpochClock Clock { get; }

    /// <inheritdoc cref="OutboxReader.ReadPending"/>
    List<OutboxRow> ReadPending(OutboxPriority priority, long afterSeq, int limit, int maxBytes);

    /// <inheritdoc cref="OutboxReader.ReadPendingCrop"/>
    CropRow? ReadPendingCrop(long afterSeq);

    /// <inheritdoc cref="OutboxReader.Held"/>
    List<HeldRange> Held();

    /// <inheritdoc cref="OutboxStore.MarkAckedAsync"/>
    Task<int> MarkAckedAsync(IReadOnlyList<Guid> ids, CancellationToken cancel);

    /// <inheritdoc cref="OutboxStore.BuryAsync"/>
    Task<int> BuryAsync(IReadOnlyList<(Guid Id, string Reason)> refused, CancellationToken cancel);

    /// <inheritdoc cref="OutboxStore.ResendAsync"/>
    Task ResendAsync(IReadOnlyList<EpochRange> ranges, CancellationToken cancel);

    /// <inheritdoc cref="OutboxStore.RenumberAsync"/>
    Task<bool> RenumberAsync(EpochRange taken, CancellationToken cancel);

    /// <inheritdoc cref="OutboxStore.CheckFile"/>
    void CheckFile();
}
