using System.Text.Json;
using Picket.Center.Cli;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>C2: rows whose sum no integer holds are their node's trouble, and nobody else's page.</summary>
public abstract class PoisonedRowsTests(RefusalSite refusal)
{
    [BrokerFact]
    public async Task Rows_WhoseSumOverflows_AreThatNodesTrouble()
    {
        await using var node = await refusal.Site.JoinAsync("c2", refusal.Cancel);
        await node.SubscribeAsync(Topics.Ack("c2"), 1, refusal.Cancel);
        await refusal.AcknowledgedAsync(node, refusal.Face("c2"));
        for (var i = 0; i < 2; i++)
            refusal.Execute(
                """
                INSERT INTO held(node, epoch, low, high, compared_at, awaited, missing)
                  VALUES('c2', @Id, 1, @Largest, 0, @Largest, @Largest);
                INSERT INTO gap(message, node, epoch, first_seq, last_seq, count, reason, declared_at)
                  VALUES(@Id, 'c2', @Id, 1, @Largest, @Largest, 'x', @Largest);
                """,
                new { Id = Guid.CreateVersion7().ToByteArray(), Largest = long.MaxValue });
        refusal.Execute("UPDATE passage SET last_at = @Largest WHERE node = 'c2'", new { Largest = long.MaxValue });

        var seen = (await refusal.NodeAsync("c2"))!.Value;
        Assert.True(seen.GetProperty("trouble").GetBoolean());
        Assert.True(seen.GetProperty("missing").GetInt64() > WireBounds.MaxNumber);
        Assert.Contains(await refusal.AlertsAsync(), alert => alert.GetProperty("node").GetString() == "c2");
        await refusal.AssertServedAsync();
    }

    [BrokerFact]
    public async Task NodeList_RowsWhoseSumOverflows_ListsAll()
    {
        refusal.Execute(
            """
            INSERT INTO node_state(node, epoch, epoch_no, max_seq, messages, last_received_at) VALUES('honest', @Id, 9, 1, 1, @Largest);
            INSERT INTO held(node, epoch, low, high, compared_at, awaited, missing)
              VALUES('honest', @Id, 1, 1, 0, @Largest, 0), ('honest', @Other, 1, 1, 0, @Largest, 0);
            """,
            new { Id = Guid.CreateVersion7().ToByteArray(), Other = Guid.CreateVersion7().ToByteArray(), Largest = long.MaxValue });
        var listed = await ExternalProgram.OutputOfAsync(
            Path.Combine(AppContext.BaseDirectory, "picket-center"), "node", "list", "--json", "--state", refusal.Site.Folder.Root);
        Assert.Contains(JsonDocument.Parse(listed).RootElement.EnumerateArray(), node => node.GetProperty("name").GetString() == "honest");
    }
}

public sealed class PoisonedRowsByMosquittoTests(MosquittoSite site) : PoisonedRowsTests(site), IClassFixture<MosquittoSite>;

public sealed class PoisonedRowsInOneProgramTests(OneProgramSite site) : PoisonedRowsTests(site), IClassFixture<OneProgramSite>;
