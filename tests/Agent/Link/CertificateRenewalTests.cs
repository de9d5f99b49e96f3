using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Link;
using Picket.Center.Enroll;
using Picket.Tests.Support;
using NodeEnrollment = Picket.Agent.Link.Enrollment;
using SiteEnrollment = Picket.Center.Enroll.Enrollment;

namespace Picket.Tests.Agent.Link;

/// <summary>The running node's part; what it asks and installs is tested with the center's, in Center/Enroll.</summary>
public sealed class CertificateRenewalTests : IDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(180));
    private readonly TempFolder _temp = new();

    private NodeIdentity Identity => new(_temp.File("node"));

    public void Dispose()
    {
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Run_CenterComesLateToAnExpiredNode_RenewsAndConfirmsByItself()
    {
        var site = new StateFolder(_temp.File("site"));
        SiteEnrollment.CreateSite(site, [], "127.0.0.1", 8883, TimeProvider.System);
        var request = NodeEnrollment.Request(Identity, "gate-1");
        NodeEnrollment.Install(
            Identity, SiteEnrollment.Sign(site, request, "gate-1", null, false, Clocks.InDays(-900)).Bundle, "gate-1");
        var port = MosquittoBroker.FreePort();
        var log = new Picket.Tests.Center.LogLines();
        var running = Renewal(new Uri($"https://127.0.0.1:{port}"), log).RunAsync(_limit.Token);
        await UntilAsync(() => log.Lines.Count > 1); // tried, and tried again

        await using var server = await EnrollmentServer.StartAsync(
            site, IPAddress.Loopback, port, NullLoggerFactory.Instance, TimeProvider.System);
        await UntilAsync(() => NodeRegistry.Load(site).Find("gate-1")!.Confirmed is not null
            && File.ReadAllText(Identity.CertificateFile) == File.ReadAllText(site.Issued("gate-1")));

        Assert.False(running.IsCompleted);
        await _limit.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Run_DamagedFiles_SaysSoAndGoesOn()
    {
        Directory.CreateDirectory(Identity.StateFolder);
        foreach (var path in (string[])[Identity.CaFile, Identity.CertificateFile, Identity.KeyFile])
            await File.WriteAllTextAsync(path, "damaged");
        var log = new Picket.Tests.Center.LogLines();
        var running = Renewal(new Uri("https://127.0.0.1:1"), log).RunAsync(_limit.Token);

        await UntilAsync(() => log.Lines.Count > 1);

        Assert.Contains("not renewed", log.Lines.First());
        Assert.False(running.IsCompleted);
        await _limit.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Look_NotANodeYet_DoesNothing() =>
        Assert.False(await Renewal(new Uri("https://127.0.0.1:1"), NullLogger.Instance).LookAsync(_limit.Token));

    private CertificateRenewal Renewal(Uri url, Microsoft.Extensions.Logging.ILogger log) =>
        new(Identity, "gate-1", url, new HurriedTime(), log);

    private async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition()) await timer.WaitForNextTickAsync(_limit.Token);
    }
}
