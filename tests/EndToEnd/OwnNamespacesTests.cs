using System.Diagnostics;
using Picket.Center.Enroll;
using Picket.Tests.Center;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>Broker and center as their units have them: one user, a user namespace each (PrivateUsers), and no view of processes
/// that they may not trace (ProtectProc). What the test of the limits can't apply.</summary>
public sealed class OwnNamespacesTests : IDisposable
{
    private const string AsNobody = "setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user";

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _temp.Dispose();
        _limit.Dispose();
    }

    [LimitsFact]
    public async Task Sign_BrokerInANamespaceOfItsOwn_IsToldToReadItsListsAgain()
    {
        var site = new StateFolder(_temp.File("site"));
        var port = MosquittoBroker.FreePort();
        Picket.Center.Enroll.Enrollment.CreateSite(site, [], "127.0.0.1", port, TimeProvider.System);
        var request = OpenSsl.NewRequest(_temp, "/CN=gate-1").Request;
        // The checkout may lie where nobody but its owner gets in.
        var programs = Directory.CreateDirectory(_temp.File("programs")).FullName;
        await ExternalProgram.OutputOfAsync("/bin/chown", "-R", "65534:65534", _temp.Path);
        using var broker = Process.Start(new ProcessStartInfo(
            "/bin/sh", ["-c", $"exec {AsNobody} {MosquittoBroker.Program} -c {site.BrokerConfiguration}"])
        { RedirectStandardError = true })!;
        try
        {
            string? line;
            do line = await broker.StandardError.ReadLineAsync(_limit.Token);
            while (line?.EndsWith(" running", StringComparison.Ordinal) == false);
            Assert.NotNull(line);

            var sign = await ExternalProgram.OutputOfAsync(
                "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                $"mount --make-rprivate / && mount -t proc -o hidepid=invisible,subset=pid proc /proc && "
                    + $"mount --bind {Path.GetDirectoryName(CenterProgram.Path)} {programs} && exec {AsNobody} "
                    + $"{programs}/{Path.GetFileName(CenterProgram.Path)} node sign --state {site.Root} "
                    + $"--csr {request} --out {site.Root}/gate-1.pem");

            Assert.Contains("the running broker reads its access list again", sign);
        }
        finally
        {
            broker.Kill();
            await broker.WaitForExitAsync();
        }
    }
}
