using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;

namespace Picket.Agent.Link;

/// <summary>Sends the outbox over one link until that ends. What is under way is known in memory only: the next session
/// sends it again.</summary>
/// <remarks>One loop owns all state; sends, acks and commits report to it through queues and wake it.</remarks>
internal sealed partial class LinkSession
{
    private const int CropLane = 3;

    /// <summary>Rows read from the outbox at a time.</summary>
    private const int ReadRows = 64;

    /// <summary>Events under way, whatever their size: as many as the broker connection has slots, twice.</summary>
    private const int MaxEvents = 512;

    /// <summary>Acks that wait for their commit: on a full disk no more are taken, and then no more is sent.</summary>
    private const int MaxUncommittedAcks = 4096;

    /// <summary>An event that the center leaves unacknowledged this often, while it acknowledges others, waits for
    /// <see cref="LinkOptions.RetryGivenUpAfter"/>.</summary>
    private const int MaxAttempts = 5;

    /// <summary>Only timeouts wait for it; all else wakes the loop at once.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    private readonly ILink _link;
    private readonly OutboxStore _outbox;
    private readonly LinkOptions _options;
    private readonly LinkCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SendWindow _window;
    private readonly CropQueue _crops;
    private readonly Dictionary<Guid, SentEvent> _underWay = [];
    private readonly long[] _cursors = new long[CropLane];
    private readonly bool[] _waiting = [true, true, true, true];
    private readonly ConcurrentQueue<(SentEvent? Event, int Size, SendResult Result)> _results = new();
    private readonly Channel<Guid> _acks = Channel.CreateBounded<Guid>(MaxUncommittedAcks);
    private readonly Channel<Guid> _marks = Channel.CreateBounded<Guid>(MaxUncommittedAcks);
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _isAppended;
    private long _order;
    private long _lastAckedOrder;
    private long _lastAckAt;
    private bool _hasGivenUp;
    private long _triedGivenUpAt;

    /// <summary>While the center is absent: how many messages may be sent to ask for it, and when.</summary>
    private bool _isAbsent;
    private bool _isAsking;
    private long _absentSince;
    private TimeSpan _askAfter;

    /// <param name="link">Lent.</param>
    public LinkSession(
        ILink link, OutboxStore outbox, string node, LinkOptions options, LinkCounters counters, TimeProvider time,
        ILogger log)
    {
        _link = link;
        _outbox = outbox;
        _options = options;
        _counters = counters;
        _time = time;
        _log = log;
        _window = new SendWindow(options.WindowBytes);
        _crops = new CropQueue(outbox.Reader, node, options, time);
        _lastAckAt = _triedGivenUpAt = time.GetTimestamp();
    }

    /// <summary>Works until the link has ended or <paramref name="cancel"/> is set; throws neither for the one nor for
    /// the other.</summary>
    /// <exception cref="PicketException">The outbox has failed.</exception>
    /// <exception cref="SqliteException">The outbox can't be read now.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var tick = _time.CreateTimer(_ => Wake(), null, s_tick, s_tick);
        var acks = ReadAcksAsync(ending.Token);
        var marks = MarkAsync(ending.Token);
        var ended = Task.WhenAny(_link.Closed, acks, marks);
        _ = ended.ContinueWith(
            _ => Wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _outbox.Appended += OnAppended;
        try
        {
            while (!ended.IsCompleted)
            {
                TakeAcks();
                TakeResults();
                CheckTimeouts();
                TryGivenUpAgain();
                if (MaySend()) SendAgain(ending.Token);
                if (MaySend()) SendNew(ending.Token);
                await _wake.Reader.ReadAsync(ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The node ends; what is under way is sent again by the next run.
        }
        finally
        {
            _outbox.Appended -= OnAppended;
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(acks, marks).ConfigureAwait(false);
        }
    }

    private void OnAppended()
    {
        _isAppended = true;
        Wake();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private async Task ReadAcksAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (var ack in _link.ReadAcksAsync(cancel).ConfigureAwait(false))
            {
                foreach (var id in ack.Ids) await _acks.Writer.WriteAsync(id, cancel).ConfigureAwait(false);
                Wake();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends.
        }
    }

    private async Task MarkAsync(CancellationToken cancel)
    {
        var batch = new List<Guid>();
        try
        {
            while (await _marks.Reader.WaitToReadAsync(cancel).ConfigureAwait(false))
            {
                batch.Clear();
                while (_marks.Reader.TryRead(out var id)) batch.Add(id);
                await _outbox.MarkAckedAsync(batch.ToArray(), cancel).ConfigureAwait(false);
                Wake();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends; an ack that was not committed comes again after the resend.
        }
    }

    private void TakeAcks()
    {
        while (_marks.Reader.Count < MaxUncommittedAcks && _acks.Reader.TryRead(out var id))
        {
            // Also what is not under way here: the ack of an earlier connection's message is as good.
            _marks.Writer.TryWrite(id);
            _lastAckAt = _time.GetTimestamp();
            if (_underWay.Remove(id, out var acked))
            {
                _window.Remove(acked.Lane, acked.Body.Length);
                _lastAckedOrder = Math.Max(_lastAckedOrder, acked.Order);
                _counters.Acked(LatencyOf(acked));
            }
            else if (_crops.Acked(id))
            {
                _counters.Acked(latency: null);
                _waiting[CropLane] = true;
            }
        }
    }

    private TimeSpan? LatencyOf(SentEvent acked) =>
        acked.Decoded is { } decoded && decoded >= _outbox.Clock.Start
            ? TimeSpan.FromTicks((_outbox.Clock.Now - decoded) / 100)
            : null;

    private void TakeResults()
    {
        while (_results.TryDequeue(out var report))
        {
            if (report.Event is null) _window.Remove(CropLane, report.Size);
            if (report.Result == SendResult.Taken)
            {
                if (_isAbsent) EndAbsence(report.Event);
                continue;
            }
            _counters.NotDelivered();
            BeginAbsence(report.Result);
            if (report.Event is { } lost) lost.IsDue = true;
            else RestartCrops();
        }
    }

    /// <summary>Nobody gets what is sent: hold everything, and ask with one message now and then.</summary>
    private void BeginAbsence(SendResult why)
    {
        if (!_isAbsent) LogAbsent(_log, why);
        _isAbsent = true;
        _isAsking = false;
        _absentSince = _time.GetTimestamp();
        _askAfter = why == SendResult.Refused ? _options.AckTimeout : _options.AbsenceRetry;
        _counters.CenterIs(absent: true);
    }

    /// <summary>The center is back. What it had taken before it went, and not acknowledged, went with it.</summary>
    private void EndAbsence(SentEvent? justTaken)
    {
        LogPresent(_log);
        _isAbsent = _isAsking = false;
        _counters.CenterIs(absent: false);
        foreach (var lost in _underWay.Values) lost.IsDue = lost != justTaken;
        if (justTaken is not null) RestartCrops();
    }

    private void RestartCrops()
    {
        _crops.Restart();
        _waiting[CropLane] = true;
    }

    private bool MaySend() => !_isAbsent || (!_isAsking && _time.GetElapsedTime(_absentSince) >= _askAfter);

    /// <summary>No resend while the connection lives and moves: only when there was no ack at all for the timeout, or
    /// when one came for something sent later.</summary>
    private void CheckTimeouts()
    {
        if (_isAbsent) return;
        if (_crops.CheckTimeouts()) _waiting[CropLane] = true;
        var isStill = _time.GetElapsedTime(_lastAckAt) >= _options.AckTimeout;
        foreach (var (id, sent) in _underWay)
        {
            var isOvertaken = sent.Order < _lastAckedOrder;
            if (sent.IsDue || !(isStill || isOvertaken)) continue;
            var patience = _options.AckTimeout * (1 << Math.Min(sent.Attempts - 1, MaxAttempts));
            if (_time.GetElapsedTime(sent.SentAt) < patience) continue;
            sent.IsDue = true;
            if (!isOvertaken || sent.Attempts < MaxAttempts) continue;
            LogUnacknowledged(_log, id, sent.Attempts, _options.RetryGivenUpAfter);
            _hasGivenUp = true;
            _underWay.Remove(id);
            _window.Remove(sent.Lane, sent.Body.Length);
        }
    }

    /// <summary>Now and then reads the outbox from its oldest row on, for what was given up on this
    /// connection.</summary>
    private void TryGivenUpAgain()
    {
        if (_time.GetElapsedTime(_triedGivenUpAt) < _options.RetryGivenUpAfter) return;
        _triedGivenUpAt = _time.GetTimestamp();
        if (_crops.HasGivenUp)
        {
            _crops.TryGivenUpAgain();
            _waiting[CropLane] = true;
        }
        if (!_hasGivenUp) return;
        _hasGivenUp = false;
        Array.Clear(_cursors);
        Array.Fill(_waiting, true);
    }

    private void SendAgain(CancellationToken cancel)
    {
        var due = _underWay.Values.Where(sent => sent.IsDue).OrderBy(sent => sent.Order).ToArray();
        foreach (var sent in due)
        {
            if (!MaySend()) return;
            Send(sent, cancel);
        }
    }

    private void SendNew(CancellationToken cancel)
    {
        if (_isAppended)
        {
            _isAppended = false;
            Array.Fill(_waiting, true);
        }
        for (var lane = 0; lane < CropLane; lane++)
        {
            while (_waiting[lane] && SendRows(lane, cancel))
            {
            }
        }
        SendCrops(cancel);
    }

    /// <summary>Sends some rows of <paramref name="lane"/>; false when there are no more, or the window is
    /// full.</summary>
    private bool SendRows(int lane, CancellationToken cancel)
    {
        if (!MaySend() || _underWay.Count >= MaxEvents || !_window.Takes(lane, 1, _waiting)) return false;
        var rows = _outbox.Reader.ReadPending((OutboxPriority)lane, _cursors[lane], ReadRows, _window.Bytes);
        _waiting[lane] = rows.Count > 0;
        foreach (var row in rows)
        {
            if (!MaySend() || _underWay.Count >= MaxEvents || !_window.Takes(lane, row.Body.Length, _waiting))
                return false;
            _cursors[lane] = row.Seq;
            if (_underWay.ContainsKey(row.Id)) continue;
            var sent = new SentEvent(row.Id, lane, row.Body, row.Decoded);
            _underWay[row.Id] = sent;
            _window.Add(lane, row.Body.Length);
            Send(sent, cancel);
        }
        return rows.Count > 0;
    }

    private void SendCrops(CancellationToken cancel)
    {
        while (_waiting[CropLane] && MaySend() && _window.Takes(CropLane, 1, _waiting))
        {
            if (_crops.Peek() is not var (crop, body))
            {
                _waiting[CropLane] = false;
                return;
            }
            if (!_window.Takes(CropLane, body.Length, _waiting)) return;
            _crops.MoveNext();
            _window.Add(CropLane, body.Length);
            _counters.Sent(body.Length, again: false);
            _isAsking = _isAbsent;
            _ = ReportAsync(_link.SendCropChunkAsync(crop, body, cancel), null, body.Length, cancel);
        }
    }

    private void Send(SentEvent sent, CancellationToken cancel)
    {
        _counters.Sent(sent.Body.Length, again: sent.Attempts > 0);
        sent.Attempts++;
        sent.IsDue = false;
        sent.SentAt = _time.GetTimestamp();
        sent.Order = ++_order;
        _isAsking = _isAbsent;
        _ = ReportAsync(_link.SendEventAsync(sent.Body, cancel), sent, sent.Body.Length, cancel);
    }

    private async Task ReportAsync(Task<SendResult> sending, SentEvent? sent, int size, CancellationToken cancel)
    {
        try
        {
            _results.Enqueue((sent, size, await sending.ConfigureAwait(false)));
            Wake();
        }
        catch (LinkException)
        {
            // The link has ended, and this session with it.
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends.
        }
    }

    [LoggerMessage(1311, LogLevel.Warning, "The center does not take messages ({Reason}); events wait in the outbox")]
    private static partial void LogAbsent(ILogger log, SendResult reason);

    [LoggerMessage(1312, LogLevel.Information, "The center takes messages again")]
    private static partial void LogPresent(ILogger log);

    [LoggerMessage(1313, LogLevel.Warning, "No ack for event {Id} after {Attempts} attempts; "
        + "it is tried again every {Wait}")]
    private static partial void LogUnacknowledged(ILogger log, Guid id, int attempts, TimeSpan wait);
}
