using System.CommandLine;
using Picket.Agent.Cli;
using Picket.Agent.Link;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli;

public sealed class JoinVerbTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Join_RequestThenInstall_LeavesTheThreeFilesOfANode()
    {
        using var pki = new TestPki(_temp.File("pki"));
        var (request, bundle, state) = (_temp.File("gate.csr"), _temp.File("gate.pem"), _temp.File("state"));

        Assert.Equal(0, (await RunAsync("--request", request, "--state", state, "--node", "gate-1")).Code);
        await File.WriteAllTextAsync(bundle, pki.SignBundle(await File.ReadAllTextAsync(request)));
        var errors = new StringWriter();
        var (code, text) = await RunAsync(errors, "--install", bundle, "--state", state);

        Assert.Equal((0, "gate-1\n"), (code, text));
        // What comes next, with what is known filled in.
        Assert.Contains($"state: {state}", errors.ToString());
        Assert.Contains("this machine is now gate-1", errors.ToString());
        Assert.Contains("picket run --config /etc/picket/picket.yaml", errors.ToString());
        var identity = new NodeIdentity(state);
        Assert.All(
            (string[])[identity.KeyFile, identity.CertificateFile, identity.CaFile],
            file => Assert.True(File.Exists(file)));
    }

    [Theory]
    [InlineData("--state", "x")]
    [InlineData("--state", "x", "--request", "a", "--install", "b", "--node", "n")]
    [InlineData("--state", "x", "--request", "a")]
    [InlineData("--request", "a", "--node", "n")]
    public void Join_BadUsage_IsRefused(params string[] args) => Assert.NotEmpty(JoinVerb.Create().Parse(args).Errors);

    [Fact]
    public async Task Install_NoSuchFile_NamesIt()
    {
        var error = await Assert.ThrowsAsync<PicketException>(
            () => RunAsync("--install", _temp.File("absent.pem"), "--state", _temp.File("state")));

        Assert.Contains("absent.pem", error.Message, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Text)> RunAsync(params string[] args) => RunAsync(TextWriter.Null, args);

    private static async Task<(int Code, string Text)> RunAsync(TextWriter errors, params string[] args)
    {
        var output = new StringWriter();
        var console = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = output,
            Error = errors,
        };
        return (await JoinVerb.Create().Parse(args).InvokeAsync(console), output.ToString());
    }
}
