using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Bench;

/// <summary>
/// The outbox's whole cycle (insert, read, ack, retention) beside a bare SQLite loop with the same batches, the same
/// settings and the same rows, in turns in the same run.
/// </summary>
/// <remarks>
/// The loop gets the same events and writes them as JSON too, since a row is nothing else: that is half the cost of an insert.
/// The figure beside a loop that is given the finished bytes is shown as well.
/// </remarks>
internal static class OutboxBench
{
    /// <summary>One group commit at the sink's fastest.</summary>
    private const int Batch = 500;

    private const int Batches = 10;

    private const int Pairs = 15;

    /// <summary>What the outbox may lose to the loop; the issue's limit.</summary>
    private const double Limit = 0.8;

    private const string Settings = """
        PRAGMA page_size = 4096;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA temp_store = MEMORY;
        PRAGMA secure_delete = ON;
        PRAGMA wal_autocheckpoint = 1000;
        CREATE TABLE outbox(
          seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, prio INTEGER NOT NULL,
          created INTEGER NOT NULL, acked_at INTEGER, body BLOB NOT NULL) STRICT;
        CREATE INDEX pending ON outbox(prio, seq) WHERE acked_at IS NULL;
        CREATE INDEX acked ON outbox(prio, acked_at) WHERE acked_at IS NOT NULL;
        """;

    public static async Task<int> RunAsync()
    {
        var (ours, bare, finished) = (new double[Pairs], new double[Pairs], new double[Pairs]);
        var bodies = await BodiesAsync();
        var envelopes = bodies.Select(body => WireJson.TryReadEvent(body, out _)!).ToArray();
        // The first turn of each warms the code and the disk.
        for (var turn = -1; turn < Pairs; turn++)
        {
            var rates = (
                RunBare(i => WireJson.Write(envelopes[i])), await RunOutboxAsync(),
                RunBare(i => bodies[i]));
            if (turn >= 0) (bare[turn], ours[turn], finished[turn]) = rates;
        }
        var ratios = ours.Zip(bare, (a, b) => a / b).Order().ToArray();
        var beside = ours.Zip(finished, (a, b) => a / b).Order().ElementAt(Pairs / 2);
        var ratio = ratios[Pairs / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            outbox: insert, read, ack and retention of {Batches} x {Batch} events of {bodies[0].Length} B, {Pairs} pairs in turns
              bare SQLite loop  {bare.Order().ElementAt(Pairs / 2),8:F0} cycles/s (median)
              outbox            {ours.Order().ElementAt(Pairs / 2),8:F0} cycles/s (median)
              best turns        {bare.Max(),8:F0} and {ours.Max():F0} cycles/s
              beside a loop that is given finished bytes: {beside:F2} (median), {ours.Max() / finished.Max():F2} (best turns)
              ratio             {ratio:F2} (median of pairs; {ratios[0]:F2} to {ratios[^1]:F2})
            """));
        return Bound.AtLeast("outbox: whole cycle, bare SQLite loop = 1", ratio, Limit);
    }

    /// <returns>Events through the whole cycle a second.</returns>
    private static async Task<double> RunOutboxAsync()
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        try
        {
            var time = new BenchTime();
            // Nothing is kept: each sweep, a minute apart by this clock, deletes what was acknowledged before it.
            var config = new OutboxConfig { KeepAcked = TimeSpan.Zero };
            await using var store = OutboxStore.Open(folder, "node-1", config, time, NullLogger.Instance);
            var watch = Stopwatch.StartNew();
            for (var batch = 0; batch < Batches; batch++)
            {
                var entries = new EventDraft[Batch];
                for (var i = 0; i < Batch; i++) entries[i] = Entry();
                await Task.WhenAll(await store.AppendEachAsync(entries, CancellationToken.None));
                var rows = store.Reader.ReadPending(OutboxPriority.Read, 0, Batch, int.MaxValue);
                if (rows.Count != Batch) throw new InvalidOperationException($"{rows.Count} rows, not {Batch}");
                await store.MarkAckedAsync([.. rows.Select(row => row.Id)], CancellationToken.None);
                time.Advance(TimeSpan.FromMinutes(1));
            }
            // The sweep of the last batch, by the command after it.
            await store.MarkAckedAsync([], CancellationToken.None);
            await store.MarkAckedAsync([], CancellationToken.None);
            watch.Stop();
            var left = store.Reader.Status();
            if (left is not { Acked: 0, Pending: 0, LastSeq: Batch * Batches })
                throw new InvalidOperationException($"something is left: {left}");
            return Batch * Batches / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What the outbox stores of a batch, for the loop to store as well.</summary>
    private static async Task<byte[][]> BodiesAsync()
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        try
        {
            await using var store = OutboxStore.Open(
                folder, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
            var entries = Enumerable.Range(0, Batch).Select(_ => Entry()).ToArray();
            await Task.WhenAll(await store.AppendEachAsync(entries, CancellationToken.None));
            return [.. store.Reader.ReadPending(OutboxPriority.Read, 0, Batch, int.MaxValue).Select(row => row.Body)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <param name="body">Of the event of this place in the batch.</param>
    private static double RunBare(Func<int, byte[]> body)
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        try
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "bare.db")};Pooling=False");
            connection.Open();
            Execute(connection, Settings);
            using var loop = new BareLoop(connection);
            var watch = Stopwatch.StartNew();
            for (var batch = 0; batch < Batches; batch++) loop.Cycle(Batch, body);
            return Batch * Batches / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static EventDraft Entry() => new()
    {
        At = DateTimeOffset.UnixEpoch,
        Kind = EventKind.PlateRead,
        Camera = "gate-2",
        Passage = Guid.CreateVersion7(),
        Phase = PassagePhase.End,
        Body = new EventBody
        {
            Plate = new PlateReadBody(
                "LEB4821", 0.969f, [0.99f, 0.98f, 0.99f, 1, 0.97f, 0.99f, 0.99f], 1, [612, 401, 88, 24],
                [612, 401, 700, 403, 700, 425, 612, 423], 12345, 3, ["plate-detect 1.0.0", "plate-read 1.0.0"],
                "letters and number", "pk", [new PlateCandidate("LEB4B21", 0.021f)]),
        },
    };
}
