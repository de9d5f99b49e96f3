using Picket.Center.Enroll;

namespace Picket.Center.Store;

/// <summary>The center's database as its writers see it: what was sent twice is stored once, everything that follows
/// from an event is stored with it or not at all, and a commit is on the disk.</summary>
/// <remarks>Any thread, one after the other; other writers (an import beside the running center) may use the same
/// database.</remarks>
internal abstract class CenterStore : IDisposable
{
    // One connection, so one at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Where the database is, for messages; without anything secret.</summary>
    public abstract string Place { get; }

    /// <summary>Reads beside the writer; the store owns it.</summary>
    public abstract StoreReader Reader { get; }

    /// <summary>Opens the SQLite database at <paramref name="path"/>, making it if it is not there.</summary>
    /// <exception cref="PicketException">It can't be opened, is damaged, or is from a newer build.</exception>
    public static CenterStore Open(string path) => SqliteStore.Open(path);

    /// <summary>Opens the database of a center with this folder: PostgreSQL if <paramref name="postgres"/> names one,
    /// otherwise the SQLite file in the folder.</summary>
    /// <exception cref="PicketException">It can't be opened or worked with.</exception>
    public static CenterStore Open(StateFolder folder, PostgresAddress? postgres) =>
        postgres is null ? SqliteStore.Open(folder.Database) : PostgresStore.Open(postgres);

    /// <summary>Stores events and crops with all that follows from them in one transaction.</summary>
    /// <exception cref="Exception">Nothing was stored, or (when the answer to a commit was lost) all of it; the same
    /// batch may be tried again. <see cref="FaultOf"/> says whether that makes sense.</exception>
    public async Task<CommitResult> CommitAsync(
        IReadOnlyList<ReceivedEvent> events, IReadOnlyList<ReceivedCrop> crops, DateTimeOffset receivedAt,
        CancellationToken cancel = default)
    {
        // There is nothing to store: the database need not be asked.
        if (events.Count == 0 && crops.Count == 0) return CommitResult.Nothing;
        await _turn.WaitAsync(cancel);
        try
        {
            return await CommitAloneAsync(events, crops, UnixMicroseconds.From(receivedAt), cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether this node's crop is stored already.</summary>
    public async Task<bool> HasCropAsync(string node, Guid id, CancellationToken cancel = default)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return await HasCropAloneAsync(node, id, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Keeps what a node holds and what is missing; the newest report for each epoch replaces the last.</summary>
    public async Task PutHeldAsync(IReadOnlyList<HeldRow> held, CancellationToken cancel = default)
    {
        if (held.Count == 0) return;
        await _turn.WaitAsync(cancel);
        try
        {
            await PutHeldAloneAsync(held, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs <paramref name="work"/>, which deletes, in one transaction; returns its count.</summary>
    public async Task<int> DeleteAsync(Func<ExpiredRows, int> work, CancellationToken cancel = default)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return await DeleteAloneAsync(work, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What an exception from this store means for a retry.</summary>
    public abstract StoreFault FaultOf(Exception e);

    /// <summary>What to tell a person when the database can't be used.</summary>
    public abstract PicketException Unusable(Exception e);

    public void Dispose()
    {
        Close();
        _turn.Dispose();
    }

    /// <summary>An id as its 16 bytes in the order of its text.</summary>
    internal static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    protected abstract Task<CommitResult> CommitAloneAsync(
        IReadOnlyList<ReceivedEvent> events, IReadOnlyList<ReceivedCrop> crops, long now, CancellationToken cancel);

    protected abstract Task<bool> HasCropAloneAsync(string node, Guid id, CancellationToken cancel);

    protected abstract Task PutHeldAloneAsync(IReadOnlyList<HeldRow> held, CancellationToken cancel);

    protected abstract Task<int> DeleteAloneAsync(Func<ExpiredRows, int> work, CancellationToken cancel);

    protected abstract void Close();
}

/// <summary>What a commit did; only after it may anything be acknowledged or shown.</summary>
/// <param name="Stored">Events that were not there before, in the order given.</param>
/// <param name="Acknowledged">Ids by node that are now (or were already) safe: events and crops.</param>
/// <param name="Conflicts">Events that claim a place that another event holds; kept aside, see
/// <see cref="CenterStore"/>.</param>
/// <param name="Duplicates">Events that were there already.</param>
/// <param name="LastChange">The number of the newest change of a passage.</param>
internal sealed record CommitResult(
    IReadOnlyList<ReceivedEvent> Stored,
    IReadOnlyList<(string Node, Guid Id)> Acknowledged,
    IReadOnlyList<ReceivedEvent> Conflicts,
    int Duplicates,
    long LastChange)
{
    /// <summary>The result of committing an empty batch.</summary>
    public static CommitResult Nothing { get; } = new([], [], [], 0, 0);

    /// <summary>This result together with that of a later commit.</summary>
    public CommitResult With(CommitResult later) => new(
        [.. Stored, .. later.Stored], [.. Acknowledged, .. later.Acknowledged], [.. Conflicts, .. later.Conflicts],
        Duplicates + later.Duplicates, Math.Max(LastChange, later.LastChange));
}

/// <summary>A crop whose chunks have all arrived.</summary>
internal sealed record ReceivedCrop(Guid Id, string Node, Guid Event, byte[] Jpeg);

/// <summary>What a node said it holds of an epoch, compared with what is stored.</summary>
internal sealed record HeldRow
{
    public required string Node { get; init; }
    public required Guid Epoch { get; init; }

    /// <summary>The lowest number that the node still has; one more than <see cref="High"/> when it has none.</summary>
    public required long Low { get; init; }

    /// <summary>The last number that it has assigned.</summary>
    public required long High { get; init; }

    /// <summary>When the comparison was made, in <see cref="UnixMicroseconds"/>.</summary>
    public required long ComparedAt { get; init; }

    /// <summary>Numbers that the node has and the center has not (yet).</summary>
    public required long Awaited { get; init; }

    /// <summary>Numbers below <see cref="Low"/> that are neither stored nor declared lost: a gap that nobody
    /// declared.</summary>
    public required long Missing { get; init; }
}

/// <summary>What an error of the database means for a retry.</summary>
internal enum StoreFault
{
    /// <summary>Not an error of a database.</summary>
    None,

    /// <summary>The fault of the content, not of the database: the rest can be stored without it.</summary>
    Content,

    /// <summary>Passes sooner or later: a full or read-only disk, a lock, a server that restarts.</summary>
    Passing,

    /// <summary>A read or write error of the disk: it passes soon, or the disk is broken.</summary>
    Disk,

    /// <summary>Does not pass: damaged, gone.</summary>
    Lasting,
}
