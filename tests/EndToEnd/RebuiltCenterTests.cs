using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;
using Enrollment = Picket.Center.Enroll.Enrollment;

namespace Picket.Tests.EndToEnd;

/// <summary>The center's database is gone: real broker, real center, real outbox and link.</summary>
public abstract class RebuiltCenterTests(bool isOneProgram) : IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));
    private readonly CancellationTokenSource _nodeEnds = new();
    private readonly TempFolder _temp = new();
    private TestSite _site = null!;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync() => _site = await TestSite.StartAsync(isOneProgram);

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        _temp.Dispose();
        _nodeEnds.Dispose();
        _limit.Dispose();
    }

    // 40 passages of two events, all acknowledged; then nothing is left at the center.
    [BrokerFact]
    public async Task Run_DatabaseLost_AllThatTheNodeHoldsComesBackOncePerPassage()
    {
        const int passages = 40;
        await using var outbox = OpenOutbox();
        var pump = StartPump(outbox);
        var sent = new List<EventEnvelope>();
        await using (new RunningCenter(_site.Folder, _site.Mosquitto, grace: Grace))
        {
            for (var i = 0; i < passages; i++)
            {
                var passage = Guid.CreateVersion7();
                sent.Add(await outbox.AppendAsync(Face(passage, PassagePhase.New, 0), Cancel));
                sent.Add(await outbox.AppendAsync(Face(passage, PassagePhase.End, 1), Cancel));
            }
            await Until(() => outbox.Reader.Status().Pending == 0);
        }
        foreach (var ending in (string[])["", "-wal", "-shm"]) File.Delete(_site.Folder.Database + ending);

        await using (new RunningCenter(_site.Folder, _site.Mosquitto, grace: Grace))
        {
            // The node said what it holds when it connected, before all of this: its next event tells how far it is.
            sent.Add(await outbox.AppendAsync(Face(Guid.CreateVersion7(), PassagePhase.New, 0), Cancel));
            await Until(() => File.Exists(_site.Folder.Database) && Query<long>("SELECT COUNT(*) FROM message")[0] >= sent.Count);
            await Until(() => outbox.Reader.Status().Pending == 0);
        }

        Assert.Equal(
            sent.Select(e => $"{e.Id:N}").Order(), Query<string>("SELECT lower(hex(id)) FROM message").Order());
        Assert.Equal(passages, Query<long>("SELECT COUNT(*) FROM passage WHERE phase = 'end' AND rev = 1")[0]);
        Assert.Equal(0, Query<long>("SELECT COUNT(*) FROM gap")[0]);
        await _nodeEnds.CancelAsync();
        await pump;
    }

    private static EventDraft Face(Guid passage, PassagePhase phase, int rev) => new()
    {
        At = DateTimeOffset.UtcNow,
        Kind = EventKind.FaceMatch,
        Camera = "gate",
        Passage = passage,
        Phase = phase,
        Rev = rev,
        Body = new EventBody
        {
            Face = new FaceMatchBody(
                "Ann Example", "watch", 0.5f, 0.4f, 7, DateTimeOffset.UnixEpoch, [1, 2, 3, 4], 0.9f, 3,
                Reason: phase == PassagePhase.End ? "left" : null),
        },
    };

    private OutboxStore OpenOutbox() => OutboxStore.Open(
        Directory.CreateDirectory(_temp.File("state")).FullName, "gate-1", new OutboxConfig(), TimeProvider.System,
        NullLogger.Instance);

    private Task StartPump(OutboxStore outbox)
    {
        var identity = new NodeIdentity(_temp.File("state"));
        var (key, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var signed = Enrollment.Sign(
            _site.Folder, File.ReadAllText(request), request, "gate-1", false, TimeProvider.System);
        File.Move(key, identity.KeyFile);
        File.WriteAllText(identity.CertificateFile, signed.Bundle);
        File.Copy(_site.Folder.CaTrusted, identity.CaFile);
        return new LinkPump(
            outbox, "gate-1", [new EndpointConfig("localhost", _site.Port)],
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, "gate-1", identity, NullLogger.Instance, cancel),
            new LinkOptions { BackoffMax = TimeSpan.FromSeconds(1) }, TimeProvider.System, NullLogger.Instance)
            .RunAsync(_nodeEnds.Token);
    }

    private List<T> Query<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_site.Folder.Database};Pooling=False;Mode=ReadOnly");
        connection.Open();
        // Of a database that is just being made there may be no table yet.
        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'held'") == 0) return [default!];
        return connection.Query<T>(sql).AsList();
    }

    private async Task Until(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition()) await timer.WaitForNextTickAsync(Cancel);
    }
}

public sealed class RebuiltCenterByMosquittoTests() : RebuiltCenterTests(isOneProgram: false);

public sealed class RebuiltCenterInOneProgramTests() : RebuiltCenterTests(isOneProgram: true);
