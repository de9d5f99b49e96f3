using System.Net;
using System.Net.Sockets;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Cli;

/// <summary>Addresses, ports and printed commands of <c>picket-center</c>: what can't be had or is none is one line.</summary>
public sealed class PlacesTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("ca init --host 010.020.000.001", "such as 10.20.0.1")]
    [InlineData("ca init --host 300.1.1.1", "no address")]
    [InlineData("ca init --broker-bind 300.1.1.1", "no address")]
    [InlineData("ca init --broker-bind 010.0.0.1", "such as 10.0.0.1")]
    [InlineData("ca init --broker-bind center.line", "no address")]
    [InlineData("run --broker 010.0.0.1:8883", "such as 10.0.0.1")]
    [InlineData("run --broker 300.1.1.1:8883", "no address")]
    [InlineData("run --broker localhost:1 --console-bind 300.1.1.1", "--console-bind 300.1.1.1: no address")]
    [InlineData("run --broker localhost:1 --enroll-port 0 --enroll-bind 010.0.0.1", "--enroll-bind 010.0.0.1: an address")]
    [InlineData("node revoke gate-1 --broker 10.1:8883", "four numbers")]
    public async Task Verb_AddressThatIsNoneOrNotTheSameToAll_IsBadUsage(string verb, string what)
    {
        var run = await CenterProgram.RunAsync([.. verb.Split(' '), "--state", _temp.File("site")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(what, run.ErrorLines()[0]);
        Assert.False(Directory.Exists(_temp.File("site")));
    }

    // 192.0.2.1 is for documents (RFC 5737): of no machine.
    [Theory]
    [InlineData("--console-port {taken}", "{taken}")]
    [InlineData("--console-port 0 --enroll-port {taken}", "{taken}")]
    [InlineData("--console-port 0 --console-bind 192.0.2.1", "192.0.2.1")]
    [InlineData("--console-port 0 --enroll-port 0 --enroll-bind 192.0.2.1", "192.0.2.1")]
    [InlineData("--console-port {taken} --demo-link", "{taken}")]
    [InlineData("--console-port 0 --database Host=127.0.0.1;Port={closed};Database=x;Username=x", "127.0.0.1")]
    public async Task Run_PlaceThatCanNotBeHad_IsOneLineThatNamesIt(string options, string what)
    {
        var site = _temp.File("site");
        Assert.Equal(0, (await CenterProgram.RunAsync("ca", "init", "--state", site)).ExitCode);
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        string Fill(string text) => text.Replace("{taken}", port, StringComparison.Ordinal)
            .Replace("{closed}", $"{MosquittoBroker.FreePort()}", StringComparison.Ordinal);

        var run = await CenterProgram.RunAsync(["run", "--state", site, "--broker", "localhost:1", .. Fill(options).Split(' ')]);

        Assert.Equal(1, run.ExitCode);
        // Besides it, the log says where the audit log stands.
        var line = Assert.Single(run.ErrorLines(), line => !line.Contains("[2143]", StringComparison.Ordinal));
        Assert.StartsWith("picket-center: ", line);
        Assert.Contains(Fill(what), line);
        Assert.DoesNotContain("Exception", run.Errors);
    }

    // The judge is the shell: each printed command is read by it, with the folder as one word.
    [Theory]
    [InlineData("my site")]
    [InlineData("it's $HOME;x")]
    public async Task CaInit_FolderWithABlankOrAQuote_PrintsCommandsThatAShellTakes(string name)
    {
        var folder = _temp.File(name);
        var init = await CenterProgram.RunAsync("ca", "init", "--state", folder);
        Assert.Equal(0, init.ExitCode);
        var commands = init.Output.Split('\n').Select(line => line[(line.IndexOf(':') + 1)..].Trim())
            .Where(line => line.Split(' ')[0] is "mosquitto" or "picket-center")
            .ToArray();
        Assert.Equal(5, commands.Length);
        foreach (var command in commands)
        {
            var shell = await ExternalProgram.RunAsync("/bin/sh", "-c", $"printf '%s\\n' {command}");
            Assert.Contains(shell.Output.Split('\n'), word => word == folder || word == $"{folder}/broker/mosquitto.conf");
        }
    }

    [Fact]
    public async Task Verb_NoSiteInAFolderWithABlank_PrintsACommandThatAShellTakes()
    {
        var folder = _temp.File("no site");
        var run = await CenterProgram.RunAsync("node", "add", "gate-1", "--state", folder);
        Assert.Contains($"ca init --state '{folder}'", run.Errors);
    }

    [Fact]
    public async Task OperatorAdd_NameWithThePrefixThatTheLogShows_IsThePersonOfThatName()
    {
        var site = _temp.File("site");
        await CenterProgram.RunAsync("ca", "init", "--state", site);
        var added = await CenterProgram.RunAsync(
            "operator", "add", "op-anna", "--role", "viewer", "--pkcs12", _temp.File("anna.p12"), "--state", site);
        Assert.Contains("operator anna (viewer)", added.Output);
        var list = await CenterProgram.RunAsync("operator", "list", "--json", "--state", site);
        Assert.Contains("\"name\": \"anna\"", list.Output);
        Assert.DoesNotContain("op-", list.Output);
        var revoked = await CenterProgram.RunAsync("operator", "revoke", "op-anna", "--state", site);
        Assert.Contains("operator anna is shut out", revoked.Output);
    }
}
