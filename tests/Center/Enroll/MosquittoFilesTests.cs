using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Enroll;

/// <summary>A site changes its broker: the files of a mosquitto are there while one is used, and kept up by nobody else.</summary>
public sealed class MosquittoFilesTests
{
    private const string ByHand = "# changed by hand";

    [BrokerFact]
    public async Task Run_WithoutAndWithAMosquitto_PutsItsFilesAwayAndMakesThemAgain()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await using var site = TestSite.OfOneProgram();
        var folder = site.Folder;
        site.Sign("gate-1");
        await File.AppendAllTextAsync(folder.BrokerConfiguration, ByHand + "\n", limit.Token);
        await using (var own = new RunningCenter(folder, mosquitto: null))
        {
            await own.LinkAsync(limit.Token);
            await (await site.ConnectAsync("gate-1", limit.Token)).DisposeAsync();
            Assert.Equal([false, false, false], Lists(folder));
            // Who comes and goes meanwhile changes no file for a mosquitto.
            site.Sign("gate-2");
            await new NodeRevocation(folder, null, TimeProvider.System).RunAsync("gate-1", limit.Token);
            Assert.Equal([false, false, false], Lists(folder));
        }

        await using var center = new RunningCenter(folder, new BrokerAddress("localhost", site.Port));
        await center.LinkAsync(limit.Token);
        while (Lists(folder).Contains(false)) await Task.Delay(20, limit.Token);
        Assert.Contains(ByHand, await File.ReadAllTextAsync(folder.BrokerConfiguration, limit.Token));
        await using var broker = await MosquittoBroker.StartAsync(folder.BrokerConfiguration, site.Port);
        await (await site.ConnectAsync("gate-2", limit.Token)).DisposeAsync();
        await Assert.ThrowsAnyAsync<MqttException>(async () => await site.ConnectAsync("gate-1", limit.Token));
    }

    /// <summary>A verb that holds the folder may be waiting for the very center that starts.</summary>
    [Fact]
    public async Task SetAside_NothingToDo_WaitsForNobody()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var site = TestSite.OfOneProgram();
        await MosquittoFiles.SetAsideAsync(site.Folder, TimeProvider.System, NullLogger.Instance, limit.Token);
        using var held = await site.Folder.TakeLockAsync(TimeProvider.System, limit.Token);

        await MosquittoFiles.SetAsideAsync(site.Folder, TimeProvider.System, NullLogger.Instance, limit.Token);

        Assert.False(site.Folder.HasMosquitto);
    }

    private static bool[] Lists(StateFolder folder) =>
        [.. ((string[])[folder.BrokerConfiguration, folder.BrokerAcl, folder.BrokerRevoked]).Select(File.Exists)];
}
