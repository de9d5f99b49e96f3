using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Sends the outbox over one link until that ends. What is under way is known in memory only: the next session
/// sends it again.</summary>
/// <remarks>One loop owns all state; sends, acks and commits report to it through queues and wake it.</remarks>
internal sealed partial class LinkSession
{
    private const int CropLane = 3;

    /// <summary>Rows read from the outbox at a time: what one packed message may hold.</summary>
    private const int ReadRows = PackedMessages.MaxMessages;

    /// <summary>Events under way, whatever their size: four full packed messages.</summary>
    private const int MaxEvents = 512;

    /// <summary>Acks that wait for their commit: on a full disk no more are taken, and then no more is sent.</summary>
    private const int MaxUncommittedAcks = 4096;

    /// <summary>What one ack can free: the ids in it and all that is under way.</summary>
    private const int MaxPerAck = Ack.MaxIds + MaxEvents;

    /// <summary>Received acks that wait for their turn, each at most 10 kB.</summary>
    private const int MaxWaitingAcks = 64;

    /// <summary>An event that the center leaves unacknowledged this often, while it acknowledges others, waits for
    /// <see cref="LinkOptions.RetryGivenUpAfter"/>.</summary>
    private const int MaxAttempts = 5;

    /// <summary>An event that fills the window with others, none of which the center acknowledges, waits outside of it after
    /// so many attempts: 10 s and 20 s, in which a center that stands still has had its chance.</summary>
    private const int MaxStillAttempts = 2;

    /// <summary>So long a message that has room for more waits for company while one of its lane is under way: a line of
    /// 32 kbit/s that is not busy answers sooner.</summary>
    private static readonly TimeSpan s_companyWait = TimeSpan.FromSeconds(1);

    /// <summary>Only timeouts wait for it; all else wakes the loop at once.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    private readonly ILink _link;
    private readonly OutboxStore _outbox;
    private readonly LinkOptions _options;
    private readonly LinkCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SendWindow _window;
    private readonly LineRate _rate;
    private readonly MessagePacker _packer = new();
    private readonly CropQueue _crops;
    private readonly Dictionary<Guid, SentEvent> _underWay = [];
    private readonly long[] _cursors = new long[CropLane];
    private readonly bool[] _waiting = [true, true, true, true];
    private readonly long[] _sentAt = new long[CropLane];
    private readonly ConcurrentQueue<SentMessage> _results = new();
    private readonly Channel<Ack> _acks = Channel.CreateBounded<Ack>(MaxWaitingAcks);
    private readonly Channel<(Guid Id, string Reason)> _dead =
        Channel.CreateBounded<(Guid, string)>(MaxUncommittedAcks);
    private readonly SetAside _setAside = new();
    private readonly Channel<Guid> _marks = Channel.CreateBounded<Guid>(MaxUncommittedAcks);
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _isAppended;
    private volatile bool _isRewound;
    private long _order;
    private long _lastAckedOrder;
    private long _lastMoveAt;

    /// <summary>Messages whose first hop has not answered: the line still has them.</summary>
    private int _unanswered;
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
        _rate = new LineRate(options.WindowBytes, time);
        _window = new SendWindow(_rate.WindowBytes);
        _crops = new CropQueue(outbox.Reader, node, options, time);
        _lastMoveAt = _triedGivenUpAt = time.GetTimestamp();
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
        var burials = BuryAsync(ending.Token);
        var ended = Task.WhenAny(_link.Closed, acks, marks, burials);
        _ = ended.ContinueWith(
            _ => Wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var epoch = _outbox.Epoch;
        _outbox.Appended += OnAppended;
        _outbox.Rewound += OnRewound;
        try
        {
            // An outbox that was begun anew has other numbers: the next session begins with those.
            while (!ended.IsCompleted && _outbox.Epoch == epoch)
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
            _outbox.Rewound -= OnRewound;
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(acks, marks, burials).ConfigureAwait(false);
        }
    }

    private void OnAppended()
    {
        _isAppended = true;
        Wake();
    }

    /// <summary>The center asks for what it has acknowledged: rows before the cursors are unsent again.</summary>
    private void OnRewound()
    {
        _isRewound = true;
        Wake();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private async Task ReadAcksAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (var ack in _link.ReadAcksAsync(cancel).ConfigureAwait(false))
            {
                await _acks.Writer.WriteAsync(ack, cancel).ConfigureAwait(false);
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

    /// <summary>Keeps what the center refuses for good as dead letters.</summary>
    private async Task BuryAsync(CancellationToken cancel)
    {
        var batch = new List<(Guid, string)>();
        try
        {
            while (await _dead.Reader.WaitToReadAsync(cancel).ConfigureAwait(false))
            {
                batch.Clear();
                while (_dead.Reader.TryRead(out var one)) batch.Add(one);
                var buried = await _outbox.BuryAsync(batch.ToArray(), cancel).ConfigureAwait(false);
                if (buried > 0) LogRefused(_log, buried, batch[^1].Item2);
                Wake();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends; a refusal that was not committed comes again after the resend.
        }
    }

    private void TakeAcks()
    {
        while (_marks.Reader.Count <= MaxUncommittedAcks - MaxPerAck && _acks.Reader.TryRead(out var ack))
        {
            _lastMoveAt = _time.GetTimestamp();
            _packer.Learn(ack);
            // Also what is not under way here: the ack of an earlier connection's message is as good.
            foreach (var id in ack.Ids) TakeAck(id);
            foreach (var refusal in ack.Refused ?? []) TakeRefusal(refusal);
            if (ack.Seqs is not null)
            {
                var named = _underWay.Values.Where(sent => sent.Number is var (epoch, seq) && ack.Covers(epoch, seq));
                foreach (var sent in named.ToArray()) TakeAck(sent.Id);
            }
            if (_setAside.ReleaseSoon()) ReadFromTheStart();
            _counters.SetAside(_setAside.Count);
        }
        _window.Bytes = _rate.WindowBytes;
    }

    /// <summary>Frees what is under way and has these bytes; what is not under way is refused again when it is sent
    /// again.</summary>
    private void TakeRefusal(AckRefusal refusal)
    {
        if (_underWay.Values.FirstOrDefault(sent => refusal.Names(sent.Digest)) is not { } refused) return;
        if (!_dead.Writer.TryWrite((refused.Id, refusal.Reason))) return;
        _underWay.Remove(refused.Id);
        _window.Remove(refused.Lane, refused.Size);
        _counters.Refused();
    }

    private void ReadFromTheStart()
    {
        Array.Clear(_cursors);
        Array.Fill(_waiting, true);
    }

    private void TakeAck(Guid id)
    {
        _marks.Writer.TryWrite(id);
        _setAside.Remove(id);
        if (_underWay.Remove(id, out var acked))
        {
            _window.Remove(acked.Lane, acked.Size);
            // Of two attempts nobody knows which one it was (Karn and Partridge, 1987).
            if (acked.Attempts == 1) _rate.Arrived(acked.Mark, acked.Size);
            _lastAckedOrder = Math.Max(_lastAckedOrder, acked.Order);
            _counters.Acked(LatencyOf(acked));
        }
        else if (_crops.Acked(id) is { } order)
        {
            _lastAckedOrder = Math.Max(_lastAckedOrder, order);
            _counters.Acked(latency: null);
            _waiting[CropLane] = true;
        }
    }

    private TimeSpan? LatencyOf(SentEvent acked) =>
        acked.Decoded is { } decoded && decoded >= _outbox.Clock.Start
            ? TimeSpan.FromTicks((_outbox.Clock.Now - decoded) / 100)
            : null;

    private void TakeResults()
    {
        while (_results.TryDequeue(out var message))
        {
            _unanswered--;
            _lastMoveAt = _time.GetTimestamp();
            if (message.Events.Count == 0) _window.Remove(CropLane, message.Size);
            if (message.Result == SendResult.Taken)
            {
                if (message.Events.Count == 0) _rate.Arrived(message.Mark, message.Size, isFirstHop: true);
                if (_isAbsent) EndAbsence(message.Events);
                continue;
            }
            _counters.NotDelivered();
            BeginAbsence(message.Result);
            foreach (var lost in message.Events) lost.IsDue = true;
            if (message.Events.Count == 0) RestartCrops();
        }
        _window.Bytes = _rate.WindowBytes;
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
    private void EndAbsence(IReadOnlyList<SentEvent> justTaken)
    {
        LogPresent(_log);
        _isAbsent = _isAsking = false;
        _counters.CenterIs(absent: false);
        foreach (var lost in _underWay.Values) lost.IsDue = !justTaken.Contains(lost);
        if (justTaken.Count > 0) RestartCrops();
    }

    private void RestartCrops()
    {
        _crops.Restart();
        _waiting[CropLane] = true;
    }

    private bool MaySend() => !_isAbsent || (!_isAsking && _time.GetElapsedTime(_absentSince) >= _askAfter);

    /// <summary>No resend while the connection lives and moves: only when all messages are over the first hop and then
    /// nothing came back for the timeout, or when an ack came for something sent later. A line that is full or stands
    /// still has what was sent; when it is dead the connection ends.</summary>
    private void CheckTimeouts()
    {
        if (_isAbsent) return;
        var isStill = _unanswered == 0 && _time.GetElapsedTime(_lastMoveAt) >= _options.AckTimeout;
        if (_crops.CheckTimeouts(isStill, _lastAckedOrder)) _waiting[CropLane] = true;
        var isFull = _underWay.Count >= MaxEvents || _window.UnderWay >= _window.Bytes / 2;
        var (givenUp, attempts) = (0, 0);
        foreach (var (id, sent) in _underWay)
        {
            var isOvertaken = sent.Order < _lastAckedOrder;
            if (sent.IsDue || !(isStill || isOvertaken)) continue;
            var patience = _options.AckTimeout * (1 << Math.Min(sent.Attempts - 1, MaxAttempts));
            if (_time.GetElapsedTime(sent.SentAt) < patience) continue;
            sent.IsDue = true;
            var mayGoOn = isOvertaken ? sent.Attempts < MaxAttempts : !isFull || sent.Attempts < MaxStillAttempts;
            if (mayGoOn) continue;
            (givenUp, attempts) = (givenUp + 1, sent.Attempts);
            _hasGivenUp = true;
            _setAside.Add(id, isStill: !isOvertaken);
            _underWay.Remove(id);
            _window.Remove(sent.Lane, sent.Size);
        }
        if (givenUp == 0) return;
        LogUnacknowledged(_log, givenUp, attempts, _options.RetryGivenUpAfter);
        _counters.SetAside(_setAside.Count);
        Array.Fill(_waiting, true);
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
        _hasGivenUp = _setAside.ReleaseLater();
        ReadFromTheStart();
    }

    private void SendAgain(CancellationToken cancel)
    {
        foreach (var lane in _underWay.Values.Where(sent => sent.IsDue).ToLookup(sent => sent.Lane).OrderBy(l => l.Key))
        {
            var due = lane.OrderBy(sent => sent.Order).ToArray();
            while (due.Length > 0 && MaySend())
            {
                var count = _packer.Fit([.. due.Select(LengthOf)], _window.Bytes, out _).Count;
                Send(due[..count], cancel);
                due = due[count..];
            }
        }
    }

    /// <summary>What can't be acknowledged by its number goes alone: 0 for the packer.</summary>
    private static int LengthOf(SentEvent sent) => sent.Number is null ? 0 : sent.Body.Length;

    private void SendNew(CancellationToken cancel)
    {
        if (_isRewound)
        {
            _isRewound = false;
            _crops.TryGivenUpAgain();
            ReadFromTheStart();
        }
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

    /// <summary>Sends some rows of <paramref name="lane"/>; false when there are no more, the window is full, or the
    /// last ones wait for company.</summary>
    private bool SendRows(int lane, CancellationToken cancel)
    {
        if (!MaySend() || _underWay.Count >= MaxEvents || !_window.Takes(lane, 1, _waiting)) return false;
        var maxBytes = _packer.IsAgreed ? PackedMessages.MaxUnpackedBytes : _window.Bytes;
        var rows = _outbox.Reader.ReadPending((OutboxPriority)lane, _cursors[lane], ReadRows, maxBytes);
        _waiting[lane] = rows.Count > 0;
        if (rows.Count == 0) return false;
        var next = rows.Where(row => !_underWay.ContainsKey(row.Id) && !_setAside.Has(row.Id)).Select(row => NewEvent(row, lane)).ToArray();
        if (next.Length == 0) _cursors[lane] = rows[^1].Seq;
        for (var isFirst = true; next.Length > 0; isFirst = false)
        {
            var (count, bytes) = _packer.Fit([.. next.Select(LengthOf)], _window.Bytes, out var isFull);
            if (!isFull && rows.Count == ReadRows && !isFirst) return true;
            if (!isFull && rows.Count < ReadRows && WaitsForCompany(lane)) return false;
            count = Math.Min(count, MaxEvents - _underWay.Count);
            if (!MaySend() || count == 0 || !_window.Takes(lane, bytes, _waiting)) return false;
            foreach (var sent in next[..count]) _underWay[sent.Id] = sent;
            _cursors[lane] = rows.First(row => row.Id == next[count - 1].Id).Seq;
            Send(next[..count], cancel);
            next = next[count..];
        }
        return true;
    }

    private static SentEvent NewEvent(OutboxRow row, int lane) => new(row.Id, lane, row.Body, row.Decoded)
    {
        Number = WireJson.TryReadHeader(row.Body, out _) is { } header ? (header.Epoch, header.Seq) : null,
    };

    private bool WaitsForCompany(int lane) =>
        lane > 0 && _packer.IsAgreed && _window.UnderWayOn(lane) > 0
            && _time.GetElapsedTime(_sentAt[lane]) < s_companyWait;

    private void SendCrops(CancellationToken cancel)
    {
        _crops.ChunkBytes = _window.Bytes / 2;
        while (_waiting[CropLane] && MaySend() && _window.Takes(CropLane, 1, _waiting))
        {
            if (_crops.Peek() is not var (crop, body))
            {
                _waiting[CropLane] = false;
                return;
            }
            var payload = _packer.Pack(body);
            var bytes = payload.Length + LineRate.MessageOverheadBytes;
            if (!_window.Takes(CropLane, bytes, _waiting)) return;
            _crops.MoveNext(++_order);
            _window.Add(CropLane, bytes);
            _counters.Sent(payload.Length, again: false);
            Report(_link.SendCropChunkAsync(crop, payload, cancel), [], bytes, cancel);
        }
    }

    /// <summary>Sends events of one lane, all of them new or all of them again, in one message.</summary>
    private void Send(IReadOnlyList<SentEvent> events, CancellationToken cancel)
    {
        var (lane, isAgain) = (events[0].Lane, events[0].Attempts > 0);
        var payload = _packer.Pack(events);
        var bytes = payload.Length + LineRate.MessageOverheadBytes;
        _counters.Sent(payload.Length, isAgain);
        if (!isAgain)
        {
            _window.Add(lane, bytes);
            Share(bytes, events);
            _sentAt[lane] = _time.GetTimestamp();
        }
        _order++;
        foreach (var sent in events)
        {
            sent.Attempts++;
            sent.IsDue = false;
            sent.SentAt = _time.GetTimestamp();
            sent.Order = _order;
        }
        Report(_link.SendEventAsync(payload, cancel), events, bytes, cancel);
    }

    /// <summary>Each event's part of the message's bytes: together all of them.</summary>
    private void Share(int bytes, IReadOnlyList<SentEvent> events)
    {
        var mark = _rate.Mark(_window.UnderWay);
        var (left, unpacked) = ((long)bytes, events.Sum(sent => (long)sent.Body.Length));
        foreach (var sent in events)
        {
            sent.Mark = mark;
            sent.Size = unpacked == 0 ? 0 : (int)(left * sent.Body.Length / unpacked);
            left -= sent.Size;
            unpacked -= sent.Body.Length;
        }
    }

    private void Report(
        Task<SendResult> sending, IReadOnlyList<SentEvent> events, int bytes, CancellationToken cancel)
    {
        _unanswered++;
        _isAsking = _isAbsent;
        _ = ReportAsync(sending, new SentMessage(events, bytes, _rate.Mark(_window.UnderWay)), cancel);
    }

    private async Task ReportAsync(Task<SendResult> sending, SentMessage message, CancellationToken cancel)
    {
        try
        {
            _results.Enqueue(message with { Result = await sending.ConfigureAwait(false) });
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

    /// <summary>A message under way on the first hop.</summary>
    /// <param name="Events">None for a chunk of a crop.</param>
    private readonly record struct SentMessage(
        IReadOnlyList<SentEvent> Events, int Size, SendMark Mark, SendResult Result = default);

    [LoggerMessage(1311, LogLevel.Warning, "The center does not take messages ({Reason}); events wait in the outbox")]
    private static partial void LogAbsent(ILogger log, SendResult reason);

    [LoggerMessage(1312, LogLevel.Information, "The center takes messages again")]
    private static partial void LogPresent(ILogger log);

    [LoggerMessage(1313, LogLevel.Warning, "No ack for {Count} events after {Attempts} attempts; "
        + "they wait beside the others and are tried again every {Wait}")]
    private static partial void LogUnacknowledged(ILogger log, int count, int attempts, TimeSpan wait);

    [LoggerMessage(1314, LogLevel.Error, "The center refuses {Count} events for good, the last for {Reason}: they are kept as "
        + "dead letters and not sent again; see picket outbox list")]
    private static partial void LogRefused(ILogger log, int count, string reason);
}
