using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center;

/// <summary>One site for all refused cases: the broker (a mosquitto as packaged with the generated configuration, or the center's
/// own), a running center, and an honest node, which has to be served before, during and after whatever is tried.</summary>
public abstract class RefusalSite(bool isOneProgram) : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(4));
    private readonly Guid _epoch = Guid.CreateVersion7();
    private RunningCenter _center = null!;
    private HttpClient _page = null!;
    private long _seq;

    internal CancellationToken Cancel => _limit.Token;
    internal TestSite Site { get; private set; } = null!;

    /// <summary>The honest node's connection; subscribed to its acks.</summary>
    internal MqttConnection Honest { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (isOneProgram) Site = TestSite.OfOneProgram();
        else if (File.Exists(MosquittoBroker.Program)) Site = await TestSite.StartAsync(refusals: true);
        else return; // the tests are skipped then
        _center = new RunningCenter(Site.Folder, Site.Mosquitto);
        // Until it has told of its console, its own broker may not listen yet.
        var link = await _center.LinkAsync(Cancel);
        Honest = await Site.JoinAsync("honest", Cancel);
        await Honest.SubscribeAsync(Topics.Ack("honest"), 1, Cancel);
        _page = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = link };
        await _page.GetAsync(link, Cancel);
        await AssertServedAsync();
    }

    public async Task DisposeAsync()
    {
        if (Site is null) return;
        _page.Dispose();
        await Honest.DisposeAsync();
        await _center.DisposeAsync();
        await Site.DisposeAsync();
        _limit.Dispose();
    }

    internal EventEnvelope Face(string node) =>
        Events.Face(node, _epoch, Interlocked.Increment(ref _seq), Guid.CreateVersion7(), PassagePhase.New, 0);

    /// <summary>The honest node's next event is stored and acknowledged.</summary>
    internal async Task AssertServedAsync()
    {
        Assert.False(Honest.Closed.IsCompleted);
        await AcknowledgedAsync(Honest, Face("honest"));
    }

    /// <summary>Sends until the center takes it, then waits for its ack.</summary>
    internal async Task AcknowledgedAsync(MqttConnection node, EventEnvelope envelope)
    {
        MqttReason reason;
        while ((reason = await node.PublishAsync(
            Topics.Event(envelope.Node), WireJson.Write(envelope), 1, false, Cancel)) != MqttReason.Success)
        {
            // Meanwhile the center connects and the broker reads its access list.
            Assert.True(reason is MqttReason.NoMatchingSubscribers or MqttReason.NotAuthorized, $"{reason}");
            await Task.Delay(50, Cancel);
        }
        while (true)
        {
            var message = await node.Received.ReadAsync(Cancel);
            Assert.Equal(Topics.Ack(envelope.Node), message.Topic);
            if (WireJson.TryReadAck(message.Payload, out _)?.Ids.Contains(envelope.Id) == true) return;
        }
    }

    /// <summary>The running center's log and printed alerts.</summary>
    internal RunningCenter Center => _center;

    /// <summary>What the console shows of a node, or null.</summary>
    internal async Task<JsonElement?> NodeAsync(string name)
    {
        using var status = JsonDocument.Parse(await _page.GetStringAsync("/api/status", Cancel));
        foreach (var node in status.RootElement.GetProperty("nodes").EnumerateArray())
        {
            if (node.GetProperty("name").GetString() == name) return node.Clone();
        }
        return null;
    }

    /// <summary>Bytes over TLS with the node's certificate; it is signed if it is not yet.</summary>
    internal async Task<RawMqtt> OpenAsync(string name, int? receiveBytes = null)
    {
        if (!File.Exists(Site.CertificateFile(name))) Site.Sign(name);
        using var certificate = X509Certificate2.CreateFromPemFile(Site.CertificateFile(name), Site.KeyFile(name));
        return await RawMqtt.OpenAsync(Site.Port, Site.Folder.CaCertificate, certificate, Cancel, receiveBytes);
    }

    /// <summary>The newest alerts of the console.</summary>
    internal async Task<JsonElement[]> AlertsAsync()
    {
        using var alerts = JsonDocument.Parse(await _page.GetStringAsync("/api/alerts", Cancel));
        return [.. alerts.RootElement.EnumerateArray().Select(alert => alert.Clone())];
    }

    /// <summary>Publishes until the broker has read the node's part of its access list.</summary>
    internal async Task PublishAsync(MqttConnection node, string topic, byte[] payload, bool retain = false)
    {
        while (await node.PublishAsync(topic, payload, 1, retain, Cancel) is MqttReason.NotAuthorized or MqttReason.NoMatchingSubscribers)
            await Task.Delay(20, Cancel);
    }

    /// <summary>Changes rows behind the center's back, as an earlier build may have left them.</summary>
    internal void Execute(string sql, object? arguments = null)
    {
        using var connection = new SqliteConnection($"Data Source={Site.Folder.Database};Pooling=False");
        connection.Open();
        connection.Execute(sql, arguments);
    }

    /// <summary>A counter of the running center, as its console shows it.</summary>
    internal async Task<long> CountAsync(string counter)
    {
        using var status = JsonDocument.Parse(await _page.GetStringAsync("/api/status", Cancel));
        return status.RootElement.GetProperty(counter).GetInt64();
    }

    /// <summary>Messages in the database of a node, or of all.</summary>
    internal long Stored(string node = "%")
    {
        using var connection = new SqliteConnection($"Data Source={Site.Folder.Database};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<long>("SELECT COUNT(*) FROM message WHERE node LIKE @node", new { node });
    }
}

/// <summary>With a mosquitto.</summary>
public sealed class MosquittoSite() : RefusalSite(isOneProgram: false);

/// <summary>The center is its own broker.</summary>
public sealed class OneProgramSite() : RefusalSite(isOneProgram: true);
