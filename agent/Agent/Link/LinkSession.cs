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
internal sealed class LinkSession
{
    private const int CropLane = 3;

    /// <summary>Rows read from the outbox at a time: what one packed message may hold.</summary>
    private const int ReadRows = PackedMessages.MaxMessages;

    /// <summary>Received acks that wait for their turn, each at most 10 kB.</summary>
    private const int MaxWaitingAcks = 64;

    /// <summary>How long a message with room for more waits for company while another of its lane is under way: an idle line of
    /// 32 kbit/s answers sooner.</summary>
    private static readonly TimeSpan CompanyWait = TimeSpan.FromSeconds(1);

    /// <summary>Only timeouts depend on it; everything else wakes the loop at once.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly ILink _link;
    private readonly IOutbox _outbox;
    private readonly LinkOptions _options;
    private readonly LinkCounters _counters;
    private readonly TimeProvider _time;
    private readonly SendWindow _window;
    private readonly LineRate _rate;
    private readonly MessagePacker _packer = new();
    private readonly CropQueue _crops;
    private readonly InFlight _inFlight;
    private readonly CenterPresence _center;
    private readonly QuietCenter _quiet;
    private readonly AckCommits _commits;
    private readonly long[] _cursors = new long[CropLane];
    private readonly bool[] _waiting = [true, true, true, true];
    private readonly long[] _sentAt = new long[CropLane];
    private readonly ConcurrentQueue<SentMessage> _results = new();
    private readonly Channel<Ack> _acks = Channel.CreateBounded<Ack>(MaxWaitingAcks);
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _isAppended;
    private volatile bool _isRewound;
    private long _lastMoveAt;

    private long _checkedAt;

    /// <summary>Messages whose first hop has not answered: the line still has them.</summary>
    private int _unanswered;
    private long _triedGivenUpAt;

    /// <param name="link">Lent.</param>
    public LinkSession(
        ILink link, IOutbox outbox, string node, LinkOptions options, LinkCounters counters, TimeProvider time,
        ILogger log)
    {
        _link = link;
        _outbox = outbox;
        _options = options;
        _counters = counters;
        _time = time;
        _rate = new LineRate(options.WindowBytes, time);
        _window = new SendWindow(_rate.WindowBytes);
        _crops = new CropQueue(outbox, node, options, time);
        _inFlight = new InFlight(_window, options, counters, time, log);
        _center = new CenterPresence(options, counters, time, log);
        _quiet = new QuietCenter(options, time);
        _commits = new AckCommits(outbox, Wake, log);
        _lastMoveAt = _triedGivenUpAt = time.GetTimestamp();
    }

    /// <summary>Works until the link has ended or <paramref name="cancel"/> is set; it throws for neither of
    /// them.</summary>
    /// <exception cref="PicketException">The outbox has failed.</exception>
    /// <exception cref="SqliteException">The outbox can't be read now.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var tick = _time.CreateTimer(_ => Wake(), null, Tick, Tick);
        var acks = ReadAcksAsync(ending.Token);
        var commits = _commits.Start(ending.Token);
        var ended = Task.WhenAny([_link.Closed, acks, .. commits]);
        _ = ended.ContinueWith(
            _ => Wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var epoch = _outbox.Epoch;
        _outbox.Appended += OnAppended;
        _outbox.Rewound += OnRewound;
        try
        {
            // An outbox that was recreated has other numbers: the next session starts with those.
            while (!ended.IsCompleted && _outbox.Epoch == epoch)
            {
                TakeAcks();
                TakeResults();
                CheckTimeouts();
                TryGivenUpAgain();
                if (_center.MaySend) SendAgain(ending.Token);
                if (_center.MaySend) SendNew(ending.Token);
                await _wake.Reader.ReadAsync(ending.Token);
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
            await ending.CancelAsync();
            await Task.WhenAll([acks, .. commits]);
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
            await foreach (var ack in _link.ReadAcksAsync(cancel))
            {
                await _acks.Writer.WriteAsync(ack, cancel);
                Wake();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends.
        }
    }

    private void TakeAcks()
    {
        while (_commits.HasRoomForAck(InFlight.MaxEvents) && _acks.Reader.TryRead(out var ack))
        {
            _lastMoveAt = _time.GetTimestamp();
            _quiet.Acknowledged();
            _packer.Learn(ack);
            // Including what is not under way here: the ack for an earlier connection's message is just as good.
            foreach (var id in ack.Ids) TakeAck(id);
            foreach (var refusal in ack.Refused ?? []) TakeRefusal(refusal);
            if (ack.Seqs is not null)
            {
                foreach (var sent in _inFlight.NamedBy(ack)) TakeAck(sent.Id);
            }
            if (_inFlight.MayGoAgainSoon()) ReadFromTheStart();
        }
        _window.Bytes = _rate.WindowBytes;
    }

    /// <summary>Frees what is under way and has these bytes; anything else is refused again when it is sent
    /// again.</summary>
    private void TakeRefusal(AckRefusal refusal)
    {
        if (_inFlight.NamedBy(refusal) is not { } refused) return;
        if (!_commits.TryAddRefused(refused.Id, refusal.Reason)) return;
        _inFlight.Remove(refused);
        _counters.Refused();
    }

    private void ReadFromTheStart()
    {
        Array.Clear(_cursors);
        Array.Fill(_waiting, true);
    }

    private void TakeAck(Guid id)
    {
        _commits.Add(id);
        if (_inFlight.Acked(id) is { } acked)
        {
            // With two attempts it is unknown which one was answered (Karn and Partridge, 1987).
            if (acked.Attempts == 1) _rate.Arrived(acked.Mark, acked.Size);
            _counters.Acked(LatencyOf(acked));
        }
        else if (_crops.Acked(id) is { } order)
        {
            _inFlight.AckedUpTo(order);
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
                if (_center.IsAbsent) EndAbsence(message.Events);
                continue;
            }
            _counters.NotDelivered();
            _center.Went(message.Result);
            _inFlight.AreDue(message.Events);
            if (message.Events.Count == 0) RestartCrops();
        }
        _window.Bytes = _rate.WindowBytes;
    }

    /// <summary>The center is back. What it had taken but not acknowledged before it went away is lost with it.</summary>
    private void EndAbsence(IReadOnlyList<SentEvent> justTaken)
    {
        _center.Came();
        _inFlight.AllAreDueBut(justTaken);
        if (justTaken.Count > 0) RestartCrops();
    }

    private void RestartCrops()
    {
        _crops.Restart();
        _waiting[CropLane] = true;
    }

    /// <summary>No resend while the connection is alive and moving: only if all messages are past the first hop and then nothing
    /// came back within the timeout, or if an ack came for something sent later. A line that is full or stalled still has
    /// what was sent; if it is dead, the connection ends.</summary>
    private void CheckTimeouts()
    {
        if (_center.IsAbsent || _time.GetElapsedTime(_checkedAt) < Tick) return;
        _checkedAt = _time.GetTimestamp();
        var isStill = _unanswered == 0 && _time.GetElapsedTime(_lastMoveAt) >= _options.AckTimeout;
        if (_crops.CheckTimeouts(isStill, _inFlight.LastAckedOrder)) _waiting[CropLane] = true;
        if (_inFlight.CheckTimeouts(isStill)) Array.Fill(_waiting, true);
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
        if (_inFlight.MayGoAgainLater()) ReadFromTheStart();
    }

    private void SendAgain(CancellationToken cancel)
    {
        foreach (var lane in _inFlight.TakeDue())
        {
            var due = lane;
            while (due.Length > 0 && _center.MaySend)
            {
                var count = _packer.Fit([.. due.Select(LengthOf)], _window.Bytes, out _).Count;
                Send(due[..count], cancel);
                due = due[count..];
            }
            if (due.Length > 0) _inFlight.AreStillDue();
        }
    }

    /// <summary>What can't be acknowledged by number goes alone, which is 0 for the packer.</summary>
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

    /// <summary>Sends some rows of <paramref name="lane"/>; false if there are no more, the window is full, or the
    /// last ones wait for company.</summary>
    private bool SendRows(int lane, CancellationToken cancel)
    {
        if (!_center.MaySend || MayFollow == 0 || _inFlight.Count >= InFlight.MaxEvents || !_window.Takes(lane, 1, _waiting)) return false;
        var maxBytes = _packer.IsAgreed ? PackedMessages.MaxUnpackedBytes : _window.Bytes;
        var rows = _outbox.ReadPending((OutboxPriority)lane, _cursors[lane], ReadRows, maxBytes);
        _waiting[lane] = rows.Count > 0;
        if (rows.Count == 0) return false;
        var next = rows.Where(row => !_inFlight.Has(row.Id)).Select(row => NewEvent(row, lane)).ToArray();
        if (next.Length == 0) _cursors[lane] = rows[^1].Seq;
        for (var isFirst = true; next.Length > 0; isFirst = false)
        {
            var (count, bytes) = _packer.Fit([.. next.Select(LengthOf)], _window.Bytes, out var isFull);
            if (!isFull && rows.Count == ReadRows && !isFirst) return true;
            if (!isFull && rows.Count < ReadRows && WaitsForCompany(lane)) return false;
            count = Math.Min(count, Math.Min(MayFollow, InFlight.MaxEvents - _inFlight.Count));
            if (!_center.MaySend || count == 0 || !_window.Takes(lane, bytes, _waiting)) return false;
            _quiet.Sent(isAlone: _inFlight.Count == 0);
            foreach (var sent in next[..count]) _inFlight.Add(sent);
            _cursors[lane] = rows.First(row => row.Id == next[count - 1].Id).Seq;
            Send(next[..count], cancel);
            next = next[count..];
        }
        return true;
    }

    /// <summary>An absent center is asked at a pace of its own.</summary>
    private int MayFollow => _center.IsAbsent || _inFlight.Count == 0 ? int.MaxValue : _quiet.MayFollow;

    private static SentEvent NewEvent(OutboxRow row, int lane) => new(row.Id, lane, row.Body, row.Decoded)
    {
        Number = WireJson.TryReadHeader(row.Body, out _) is { } header ? (header.Epoch, header.Seq) : null,
    };

    private bool WaitsForCompany(int lane) =>
        lane > 0 && _packer.IsAgreed && _window.UnderWayOn(lane) > 0
            && _time.GetElapsedTime(_sentAt[lane]) < CompanyWait;

    private void SendCrops(CancellationToken cancel)
    {
        _crops.ChunkBytes = _window.Bytes / 2;
        while (_waiting[CropLane] && _center.MaySend && MayFollow > 0 && _window.Takes(CropLane, 1, _waiting))
        {
            if (_crops.Peek() is not var (crop, body))
            {
                _waiting[CropLane] = false;
                return;
            }
            var payload = _packer.Pack(body);
            var bytes = payload.Length + LineRate.MessageOverheadBytes;
            if (!_window.Takes(CropLane, bytes, _waiting)) return;
            _crops.MoveNext(_inFlight.NextOrder());
            _window.Add(CropLane, bytes);
            _quiet.Sent(isAlone: false);
            _counters.Sent(0, payload.Length, again: false);
            Report(_link.SendCropChunkAsync(crop, payload, cancel), [], bytes, cancel);
        }
    }

    /// <summary>Sends events of one lane, all of them new or all of them again, in one message.</summary>
    private void Send(IReadOnlyList<SentEvent> events, CancellationToken cancel)
    {
        var (lane, isAgain) = (events[0].Lane, events[0].Attempts > 0);
        var payload = _packer.Pack(events);
        var bytes = payload.Length + LineRate.MessageOverheadBytes;
        _counters.Sent(events.Count, payload.Length, isAgain);
        if (!isAgain)
        {
            _window.Add(lane, bytes);
            SentEvent.Share(bytes, _rate.Mark(_window.UnderWay), events);
            _sentAt[lane] = _time.GetTimestamp();
        }
        _inFlight.Sent(events);
        Report(_link.SendEventAsync(payload, cancel), events, bytes, cancel);
    }

    private void Report(
        Task<SendResult> sending, IReadOnlyList<SentEvent> events, int bytes, CancellationToken cancel)
    {
        _unanswered++;
        _center.Asked();
        _ = ReportAsync(sending, new SentMessage(events, bytes, _rate.Mark(_window.UnderWay)), cancel);
    }

    private async Task ReportAsync(Task<SendResult> sending, SentMessage message, CancellationToken cancel)
    {
        try
        {
            _results.Enqueue(message with { Result = await sending });
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

    /// <summary>A message that is under way on the first hop.</summary>
    /// <param name="Events">None for a chunk of a crop.</param>
    private readonly record struct SentMessage(
        IReadOnlyList<SentEvent> Events, int Size, SendMark Mark, SendResult Result = default);
}
