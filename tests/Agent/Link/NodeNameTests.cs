using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Link;

public sealed class NodeNameTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private NodeConfig Config(string node) => new() { Node = node, StateFolder = _temp.Path, Cameras = [] };

    private void Join(string name)
    {
        using var pki = new TestPki(_temp.File("pki"));
        pki.Issue(name);
        File.Copy(pki.CertificateFile(name), _temp.File("node.pem"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gate-1")]
    public void Settle_Joined_TakesTheCertificatesName(string node)
    {
        Join("gate-1");
        Assert.Equal("gate-1", NodeName.Settle(Config(node)).Node);
    }

    [Fact]
    public void Settle_AnotherNameThanTheCertificates_IsAnErrorThatNamesBoth()
    {
        Join("gate-1");
        var error = Assert.Throws<ConfigException>(() => NodeName.Settle(Config("node-1")));
        Assert.Equal(ExitCode.BadUsage, error.ExitCode);
        Assert.Contains("'node-1'", error.Message);
        Assert.Contains("'gate-1'", error.Message);
    }

    [Fact]
    public void Settle_NotJoined_TakesTheConfigurationsName() => Assert.Equal("n1", NodeName.Settle(Config("n1")).Node);

    [Fact]
    public void Settle_NeitherSaysIt_IsAnErrorThatSaysWhatToDo()
    {
        var error = Assert.Throws<ConfigException>(() => NodeName.Settle(Config("")));
        Assert.Contains("picket join", error.Message);
        Assert.Contains("node: NAME", error.Message);
    }

    /// <summary>Cameras need no certificate: a damaged one is the line's matter, as long as the name is known.</summary>
    [Fact]
    public void Settle_DamagedCertificate_StopsOnlyWhoHasNoOtherName()
    {
        File.WriteAllText(_temp.File("node.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.Equal("n1", NodeName.Settle(Config("n1")).Node);
        Assert.Contains("node.pem", Assert.Throws<PicketException>(() => NodeName.Settle(Config(""))).Message);
    }
}
