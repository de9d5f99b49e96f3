using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Picket.Center.Cli;
using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Cli;

public sealed class CenterCommandLineTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("ca init")]
    [InlineData("ca rotate")]
    [InlineData("node add")]
    [InlineData("node sign")]
    [InlineData("node list")]
    [InlineData("node revoke")]
    [InlineData("operator add")]
    [InlineData("operator list")]
    [InlineData("operator revoke")]
    [InlineData("audit verify")]
    [InlineData("import")]
    [InlineData("run")]
    public async Task Help_EveryVerb_HasAnExample(string verb)
    {
        var result = await Run([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Matches($"(?m)^ +picket-center {verb} .*--state", result.Output);
    }

    // The exit codes that scripts rely on: 1 failed, 2 bad usage, 3 a needed part is missing.
    [Theory]
    [InlineData(2, "node sign --state {0}")]
    [InlineData(2, "run --state {0} --broker nowhere")]
    [InlineData(2, "run --state {0} --broker localhost:8883 --page-port 70000")]
    [InlineData(2, "run --state {0} --broker localhost:8883 --enroll-port 70000")]
    [InlineData(2, "run --state {0} --broker localhost:8883 --enroll-bind nowhere")]
    [InlineData(2, "node add --state {0} Bad_Name")]
    [InlineData(2, "node add --state {0} gate-1 --hours 0")]
    [InlineData(3, "node add --state {0} gate-1")]
    [InlineData(2, "ca rotate --state {0} --force")]
    [InlineData(3, "ca rotate --state {0}")]
    [InlineData(2, "ca init --state {0} --broker-port 0")]
    [InlineData(2, "ca init --state {0} --host bad/name")]
    [InlineData(2, "node sign --state {0} --csr {0}/none.csr --out {0}/x.pem")]
    [InlineData(2, "ca init --state {0} --no-such-option")]
    [InlineData(3, "run --state {0} --broker localhost:8883")]
    public async Task Run_WrongUse_EndsWithItsCodeAndSaysWhatToDo(int exitCode, string arguments)
    {
        var result = await Run(string.Format(null, arguments, _temp.Path).Split(' '));
        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("picket-center: ", result.Errors);
        Assert.DoesNotContain("   at ", result.Errors);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task Version_Prints_ItAlone()
    {
        var result = await Run("version");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", result.Output);
    }

    /// <summary>What comes next is said with the values that are known, not with words to replace.</summary>
    [Fact]
    public async Task CaInitAndNodeAdd_SayWhatComesNext()
    {
        var site = _temp.File("site");
        var made = await Run(
            "ca", "init", "--state", site, "--host", "center.line", "--broker-bind", "10.20.0.1", "--broker-port", "8999");
        Assert.Contains($"picket-center run --state {site} --enroll-port 8884 --enroll-bind 10.20.0.1", made.Output);
        Assert.Equal("10.20.0.1:8999\n", await File.ReadAllTextAsync(Path.Combine(site, "broker", "listen")));
        Assert.Contains($"mosquitto -c {site}/broker/mosquitto.conf\n", made.Output);
        Assert.Contains(
            $"picket-center run --state {site} --broker localhost:8999 --enroll-port 8884 --enroll-bind 10.20.0.1", made.Output);

        var before = await Run("node", "add", "--state", site, "gate-1");
        Assert.Contains("picket join https://CENTER:8884 --state", before.Errors);
        Assert.Contains("--enroll-port", before.Errors);

        EnrollmentAddress.Keep(new StateFolder(site), IPAddress.Parse("10.20.0.1"), 8884);
        Assert.Contains(
            "picket join https://center.line:8884 --state", (await Run("node", "add", "--state", site, "gate-1")).Errors);
        EnrollmentAddress.Keep(new StateFolder(site), IPAddress.Loopback, 40123);
        Assert.Contains(
            "picket join https://localhost:40123 --state", (await Run("node", "add", "--state", site, "gate-1")).Errors);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("--broker embedded", null)]
    [InlineData("--broker center.line:8883", "center.line:8883")]
    public void BrokerOption_Value_IsTheMosquittoOrNullForTheCentersOwn(string arguments, string? expected)
    {
        var option = BrokerOption.Create();
        var parsed = new RootCommand { option }.Parse(arguments);
        Assert.Empty(parsed.Errors);
        var read = BrokerOption.Read(parsed, option);
        Assert.Equal(expected, read is null ? null : $"{read.Host}:{read.Port}");
    }

    [Fact]
    public async Task CaInit_Twice_Fails()
    {
        string[] arguments = ["ca", "init", "--state", _temp.File("site")];
        Assert.Equal(0, (await Run(arguments)).ExitCode);
        var again = await Run(arguments);
        Assert.Equal(1, again.ExitCode);
        Assert.Single(again.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task NodeSign_Request_GivesTheBundleAndTheListShowsIt()
    {
        var site = _temp.File("site");
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        await Run("ca", "init", "--state", site);
        var signed = await Run(
            "node", "sign", "--state", site, "--csr", request, "--out", _temp.File("gate-1.pem"), "--name", "gate-1");
        Assert.Equal((0, ""), (signed.ExitCode, signed.Errors));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", await File.ReadAllTextAsync(_temp.File("gate-1.pem")));
        Assert.Contains("\"name\": \"gate-1\"", (await Run("node", "list", "--state", site, "--json")).Output);
    }

    [Fact]
    public async Task Operator_AddRevokeAndAudit_TellWhatWasDone()
    {
        var site = _temp.File("site");
        await Run("ca", "init", "--state", site);
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=op-anna");
        var added = await Run(
            "operator", "add", "anna", "--state", site, "--role", "reviewer", "--csr", request, "--out", _temp.File("anna.pem"));
        Assert.Equal((0, ""), (added.ExitCode, added.Errors));
        Assert.Contains("operator anna (reviewer) until", added.Output);
        Assert.Equal(2, (await Run("operator", "add", "bert", "--state", site, "--role", "owner", "--pkcs12", "x")).ExitCode);
        Assert.Equal(2, (await Run("operator", "add", "bert", "--state", site, "--role", "viewer")).ExitCode);
        Assert.Contains("is shut out", (await Run("operator", "revoke", "anna", "--state", site)).Output);
        Assert.Contains("\"role\": \"reviewer\"", (await Run("operator", "list", "--state", site, "--json")).Output);
        var audit = await Run("audit", "verify", "--state", site);
        Assert.Equal(0, audit.ExitCode);
        Assert.StartsWith("3 lines in order", audit.Output);
        var head = audit.Output.Split("head ")[1].Trim();
        Assert.Equal(0, (await Run("audit", "verify", "--state", site, "--head", head)).ExitCode);
        Assert.Equal(1, (await Run("audit", "verify", "--state", site, "--head", new string('0', 64))).ExitCode);
        var log = Path.Combine(site, "audit.log");
        await File.WriteAllTextAsync(log, (await File.ReadAllTextAsync(log)).Replace("anna reviewer", "anna viewer"));
        var changed = await Run("audit", "verify", "--state", site);
        Assert.Equal(1, changed.ExitCode);
        Assert.Contains("line 2 was changed", changed.Errors);
    }

    // The kernel's own word on the limit, proc(5).
    [Fact]
    public async Task Run_WhileItRuns_LeavesNoCoreFile()
    {
        await Run("ca", "init", "--state", _temp.File("site"));
        using var center = Process.Start(new ProcessStartInfo(
            Center, ["run", "--state", _temp.File("site"), "--broker", "localhost:1", "--console-port", "0"])
        { RedirectStandardError = true })!;
        try
        {
            Assert.NotNull(await center.StandardError.ReadLineAsync()); // it is past its first steps
            var limits = await File.ReadAllLinesAsync($"/proc/{center.Id}/limits");
            Assert.Matches("^Max core file size +0 +0 ", limits.Single(line => line.StartsWith("Max core")));
        }
        finally
        {
            center.Kill();
            await center.WaitForExitAsync();
        }
    }

    // The two programs as people use them; the code goes in by standard input, where no other user sees it.
    [Fact]
    public async Task NodeAdd_ThenJoinAtTheRunningCenter_MakesANode()
    {
        var (site, state) = (_temp.File("site"), _temp.File("node"));
        await Run("ca", "init", "--state", site);
        using var center = Process.Start(new ProcessStartInfo(
            Center, ["run", "--state", site, "--broker", "localhost:1", "--enroll-port", "0"])
        { RedirectStandardError = true })!;
        try
        {
            const string Enrollment = "enrollment: ";
            string? line;
            do line = await center.StandardError.ReadLineAsync();
            while (line?.StartsWith(Enrollment, StringComparison.Ordinal) == false);
            var url = line![Enrollment.Length..];
            var added = await Run("node", "add", "--state", site, "gate-1");
            Assert.Equal(0, added.ExitCode);
            Assert.Matches("^gate-1:[0-9A-Z]{5}(-[0-9A-Z]{5}){8}\n$", added.Output);

            Assert.Equal((0, "gate-1\n"), await JoinAsync(url, added.Output, state));
            Assert.Equal(1, (await JoinAsync(url, added.Output, _temp.File("other"))).ExitCode);
        }
        finally
        {
            center.Kill();
            await center.WaitForExitAsync();
        }
        Assert.Equal(0, OpenSsl.Run(
            "verify", "-CAfile", Path.Combine(site, "ca", "ca.pem"), Path.Combine(state, "node.pem")).ExitCode);
    }

    private static async Task<(int ExitCode, string Output)> JoinAsync(string url, string code, string state)
    {
        using var join = Process.Start(new ProcessStartInfo(PicketProgram.Path, ["join", url, "--state", state])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await join.StandardInput.WriteAsync(code);
        join.StandardInput.Close();
        var output = await join.StandardOutput.ReadToEndAsync();
        await join.WaitForExitAsync();
        return (join.ExitCode, output);
    }

    private static string Center => CenterProgram.Path;

    private static Task<ProgramResult> Run(params string[] arguments) =>
        CenterProgram.RunAsync(arguments);
}
