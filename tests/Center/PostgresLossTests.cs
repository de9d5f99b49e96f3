using System.Collections.Concurrent;
using Npgsql;
using Picket.Center.Store;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center;

/// <summary>The center on a server that is killed under it.</summary>
public sealed class PostgresLossTests : IDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));

    private CancellationToken Cancel => _limit.Token;

    public void Dispose() => _limit.Dispose();

    // Sent until acknowledged, as an outbox does; the server is killed twice in the middle of it.
    [PostgresFact]
    public async Task Run_ServerKilledTwice_EveryAckIsCommittedAndEveryEventIsThereOnce()
    {
        const int events = 3000;
        await using var server = await PostgresServer.StartAsync();
        var database = await server.NewDatabaseAsync();
        await using var site = await TestSite.StartAsync();
        await using var center = new RunningCenter(site.Folder, site.Mosquitto, database: PostgresAddress.Parse(database));
        await using var node = await site.JoinAsync("gate-1", Cancel);
        await node.SubscribeAsync(Topics.Ack("gate-1"), 1, Cancel);
        var epoch = Guid.CreateVersion7();
        var open = new ConcurrentDictionary<Guid, EventEnvelope>(
            from seq in Enumerable.Range(1, events)
            let face = Events.Face("gate-1", epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0)
            select KeyValuePair.Create(face.Id, face));
        var acknowledged = new ConcurrentBag<Guid>();
        var listening = Listen();
        var kills = 0;
        while (!open.IsEmpty)
        {
            foreach (var sent in open.Values.OrderBy(sent => sent.Seq).Take(200))
                await node.PublishAsync(Topics.Event("gate-1"), WireJson.Write(sent), 1, false, Cancel);
            if (acknowledged.Count > events / 3 * (kills + 1) && kills < 2)
            {
                kills++;
                await server.KillAsync();
                var before = acknowledged.ToArray();
                await server.StartAgainAsync();
                Assert.Equal(before.Length, await Stored(before));
            }
            await Task.Delay(20, Cancel);
        }
        Assert.Equal(2, kills);
        Assert.Equal(events, await Stored([.. acknowledged.Distinct()]));
        Assert.Equal((events, events), (await Count("message"), await Count("passage")));
        await node.DisposeAsync();
        await listening;

        async Task Listen()
        {
            await foreach (var message in node.Received.ReadAllAsync(Cancel))
            {
                foreach (var id in WireJson.TryReadAck(message.Payload, out _)!.Ids)
                {
                    if (open.TryRemove(id, out _)) acknowledged.Add(id);
                }
            }
        }

        async Task<long> Stored(Guid[] ids)
        {
            await using var connection = new NpgsqlConnection(database + ";Pooling=false");
            await connection.OpenAsync(Cancel);
            await using var count = new NpgsqlCommand("SELECT COUNT(*) FROM message WHERE id = ANY($1)", connection);
            count.Parameters.Add(new NpgsqlParameter { Value = ids });
            return (long)(await count.ExecuteScalarAsync(Cancel))!;
        }

        async Task<long> Count(string table)
        {
            await using var connection = new NpgsqlConnection(database + ";Pooling=false");
            await connection.OpenAsync(Cancel);
            await using var count = new NpgsqlCommand($"SELECT COUNT(*) FROM {table}", connection);
            return (long)(await count.ExecuteScalarAsync(Cancel))!;
        }
    }
}
