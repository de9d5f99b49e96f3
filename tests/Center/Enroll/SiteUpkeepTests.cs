using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Enroll;

public sealed class SiteUpkeepTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    /// <summary>A fault that nobody thought of must not be the end of the looks: certificates would end unnoticed.</summary>
    [Fact]
    public async Task Run_AFileCanNotBeRead_IsLoggedAndTheNextLookComes()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var site = new StateFolder(_temp.File("site"));
        var time = Clocks.InDays(0);
        Enrollment.CreateSite(site, [], "127.0.0.1", 8883, time);
        var configuration = await File.ReadAllTextAsync(site.BrokerConfiguration, stop.Token);
        // It is there, and reading it fails (proc(5)), for root as well.
        File.Delete(site.BrokerConfiguration);
        File.CreateSymbolicLink(site.BrokerConfiguration, "/proc/self/mem");
        File.Delete(site.BrokerRevoked);
        var log = new LogLines();
        var running = new SiteUpkeep(site, time, log).RunAsync(stop.Token);
        while (!log.Has("could not be checked")) await Task.Delay(5, stop.Token);

        File.Delete(site.BrokerConfiguration);
        await File.WriteAllTextAsync(site.BrokerConfiguration, configuration, stop.Token);
        while (!File.Exists(site.BrokerRevoked))
        {
            Assert.False(running.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(5, stop.Token);
        }

        await stop.CancelAsync();
        await running;
    }
}
