using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd;

/// <summary>
/// The judge itself is judged: it passes what is exact, and must fail when either database is broken on purpose.
/// </summary>
public sealed class VerifyDeliveryTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Verify_ExactDelivery_Passes()
    {
        await DeliverAsync();
        var result = await VerifyAsync();
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("6 events, 2 passages, 2 crops, 6 stored", result.Output);
    }

    [Theory]
    [InlineData("center", "DELETE FROM message WHERE seq = 4", "events lost: 1 (seq 4)")]
    [InlineData("center", "DELETE FROM message WHERE seq = 4", "acknowledged but not stored: 1")]
    [InlineData("center", "DELETE FROM message WHERE seq = 4", "holes in the center's numbers: 1 (after seq 3)")]
    [InlineData("center", "UPDATE message SET seq = 99 WHERE seq = 4", "under another number or node: 1")]
    [InlineData("center", "UPDATE message SET body = replace(body, 'ada', 'eve') WHERE seq = 1", "bodies that differ: 1")]
    [InlineData("center", "INSERT INTO message SELECT randomblob(16), node, epoch, 7, at, mono, camera, kind, passage, phase, rev, received_at, body FROM message WHERE seq = 6", "never made: 1")]
    [InlineData("center", "DELETE FROM passage WHERE rev = (SELECT max(rev) FROM passage)", "without exactly one row:")]
    [InlineData("center", "UPDATE passage SET rev = 0", "shown with an old revision: 2")]
    [InlineData("center", "UPDATE crop SET jpeg = X'00' WHERE rowid = 1", "crops lost or different: 1")]
    [InlineData("outbox", "DELETE FROM outbox WHERE seq = 3", "holes in the outbox's numbers: 1 (after seq 2)")]
    [InlineData("outbox", "DELETE FROM outbox WHERE seq = 1", "holes in the outbox's numbers: 1 (begins at 2)")]
    [InlineData("outbox", "UPDATE outbox SET acked_at = NULL WHERE seq = 2", "not acknowledged: 1 (seq 2)")]
    public async Task Verify_BrokenOnPurpose_FailsAndSaysWhat(string database, string sql, string expected)
    {
        await DeliverAsync();
        using (var connection = new SqliteConnection($"Data Source={Database(database)};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            Assert.True(command.ExecuteNonQuery() > 0);
        }
        var result = await VerifyAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Output);
        Assert.Contains("NOT exact", result.Output);
    }

    [Fact]
    public async Task Verify_ExactDeliveryWithTheJournalOfIt_Passes()
    {
        await DeliverAsync();
        var result = await VerifyAsync("--accepted", Journal);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("6 accepted", result.Output);
    }

    /// <summary>What outbox and center agree on may still be wrong: the journal is the third witness.</summary>
    [Theory]
    [InlineData("DELETE FROM outbox WHERE seq = 6", "DELETE FROM message WHERE seq = 6", "accepted events lost: 1 (seq 6)")]
    [InlineData("DELETE FROM outbox WHERE seq = 6", "DELETE FROM message WHERE seq = 6", "accepted events no longer in the outbox: 1 (seq 6)")]
    [InlineData("SELECT 1", "INSERT INTO message SELECT randomblob(16), node, epoch, 7, at, mono, camera, kind, passage, phase, rev, received_at, body FROM message WHERE seq = 6", "bodies stored more than once: 1 (seq 6,7)")]
    [InlineData("SELECT 1", "UPDATE message SET body = replace(body, 'ada', 'eve') WHERE seq = 1", "accepted events stored with another body: 1 (seq 1)")]
    [InlineData("SELECT 1", "DELETE FROM passage", "accepted passages without exactly one row: 2")]
    [InlineData("SELECT 1", "UPDATE crop SET jpeg = X'00' WHERE rowid = 1", "accepted crops lost or different: 1")]
    [InlineData("SELECT 1", "INSERT INTO conflict SELECT node, id, epoch, seq, received_at, body FROM message WHERE seq = 2", "events that claim another one's place: 1 (seq 2)")]
    public async Task Verify_JournalSaysOtherwise_FailsAndSaysWhat(string atNode, string atCenter, string expected)
    {
        await DeliverAsync();
        foreach (var (database, sql) in ((string, string)[])[("outbox", atNode), ("center", atCenter)])
        {
            using var connection = new SqliteConnection($"Data Source={Database(database)};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
        var result = await VerifyAsync("--accepted", Journal);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Output);
    }

    /// <summary>A kill may cut the last line: that event was not accepted yet.</summary>
    [Fact]
    public async Task Verify_JournalWithACutLine_LeavesItOut()
    {
        await DeliverAsync();
        await File.AppendAllTextAsync(Journal, "{\"id\":\"01a2");
        var result = await VerifyAsync("--accepted", Journal);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    [Fact]
    public async Task Verify_MissingFile_SaysSoWithAnotherCode()
    {
        var result = await VerifyAsync();
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("can't read", result.Errors);
    }

    private string Database(string name) => _temp.File(name + ".db");

    private string Journal => _temp.File("accepted.jsonl");

    private Task<ProgramResult> VerifyAsync(params string[] more) => ExternalProgram.RunAsync(
        "/usr/bin/python3",
        [
            Repository.Path("packaging", "verify-delivery.py"), Database("outbox"), Database("center"), "gate-1", .. more,
        ]);

    /// <summary>
    /// Two passages of three events, the first of each with a crop, through the product's own two stores.
    /// </summary>
    private async Task DeliverAsync()
    {
        await using var outbox = OutboxStore.Open(
            _temp.Path, "gate-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        using var center = CenterStore.Open(Database("center"));
        var at = new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
        foreach (var passage in (Guid[])[Guid.CreateVersion7(), Guid.CreateVersion7()])
        {
            for (var rev = 0; rev < 3; rev++)
            {
                var crop = Guid.CreateVersion7();
                var entry = new EventDraft
                {
                    Camera = "c1",
                    At = at.AddSeconds(rev),
                    Kind = EventKind.FaceMatch,
                    Passage = passage,
                    Phase = (PassagePhase)rev,
                    Rev = rev,
                    Body = new EventBody
                    {
                        Face = new FaceMatchBody(
                            "ada", "watchlist", 0.7f, 0.4f, 12, at, [1, 2, 30.5f, 40], 0.9f, 1, crop),
                    },
                    Crop = rev == 0 ? new OutboxCrop(crop, [0xFF, 0xD8, (byte)rev]) : null,
                };
                var sent = await outbox.AppendAsync(entry, CancellationToken.None);
                var body = System.Text.Json.JsonDocument.Parse(WireJson.Write(sent))
                    .RootElement.GetProperty("body").GetRawText();
                await center.CommitAsync(
                    [new ReceivedEvent(sent, body)],
                    entry.Crop is { } c ? [new ReceivedCrop(c.Id, "gate-1", sent.Id, c.Jpeg)] : [],
                    at);
                await outbox.MarkAckedAsync(entry.Crop is null ? [sent.Id] : [sent.Id, crop], CancellationToken.None);
                await File.AppendAllTextAsync(Journal, Line(sent, body, entry.Crop) + "\n");
            }
        }
    }

    /// <summary>As tests/Faults writes an accepted event down.</summary>
    private static string Line(EventEnvelope sent, string body, OutboxCrop? crop)
    {
        var picture = crop is null
            ? ""
            : $", \"crop\": \"{crop.Id}\", \"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(crop.Jpeg))}\"";
        return $"{{\"id\": \"{sent.Id}\", \"epoch\": \"{sent.Epoch}\", \"seq\": {sent.Seq}, "
            + $"\"passage\": \"{sent.Passage}\", \"rev\": {sent.Rev}, \"body\": {body}{picture}}}";
    }
}
