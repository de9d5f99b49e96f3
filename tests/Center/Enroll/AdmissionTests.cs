using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Enroll;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Enroll;

/// <summary>Who is let in, decided without a network; requests are openssl's.</summary>
public sealed class AdmissionTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public AdmissionTests()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Join_Code_GivesACertificateOfTheSiteForThatName()
    {
        var code = await AddAsync("gate-1");

        var bundle = Join(code, Request("gate-1"));

        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, "-purpose", "sslclient", bundle).ExitCode);
        Assert.Contains("CN = gate-1", OpenSsl.Run("x509", "-in", bundle, "-noout", "-subject").Output);
        Assert.Contains("user gate-1\n", await File.ReadAllTextAsync(_site.BrokerAcl));
    }

    [Fact]
    public async Task AddNode_Code_IsKeptAsAHashAndForTheOwnerAlone()
    {
        var code = await AddAsync("gate-1");

        var kept = await File.ReadAllTextAsync(_site.JoinCodes);
        Assert.DoesNotContain(Convert.ToHexString(code.Secret), kept, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(code.Secret), kept);
        Assert.DoesNotContain(code.Reveal().Split(':')[1][..11], kept);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_site.JoinCodes));
    }

    [Theory]
    [InlineData("center")]
    [InlineData("list")]
    [InlineData("Gate")]
    [InlineData("")]
    public async Task AddNode_NameThatIsNone_IsRefused(string name) =>
        Assert.Equal(ExitCode.BadUsage, (await Assert.ThrowsAsync<PicketException>(() => AddAsync(name))).ExitCode);

    [Fact]
    public async Task AddNode_NameInUse_NeedsTheOldOneShutOut()
    {
        Join(await AddAsync("gate-1"), Request("gate-1"));
        Assert.Contains("node revoke", (await Assert.ThrowsAsync<PicketException>(() => AddAsync("gate-1"))).Message);
        Revoke("gate-1");

        Join(await AddAsync("gate-1"), Request("gate-1"));

        Assert.False(NodeRegistry.Load(_site).IsRevoked("gate-1"));
    }

    [Fact]
    public async Task Join_WrongSecret_IsRefusedAndAfterTenTheRightOneAsWell()
    {
        var code = await AddAsync("gate-1");
        var request = Request("gate-1");
        for (var i = 0; i < JoinCodes.MaxFailures; i++)
            Assert.Contains("no such code", Refusal(() => Join(JoinCode.Create("gate-1", []), request)));

        Assert.Contains("wrong codes were tried", Refusal(() => Join(code, request)));
        Assert.Empty(NodeRegistry.Load(_site).Nodes);
        Join(await AddAsync("gate-1"), request); // a new code begins anew
    }

    [Fact]
    public async Task Join_NineWrongSecrets_LeaveTheRightOneGood()
    {
        var code = await AddAsync("gate-1");
        var request = Request("gate-1");
        for (var i = 1; i < JoinCodes.MaxFailures; i++) Refusal(() => Join(JoinCode.Create("gate-1", []), request));

        Join(code, request);
    }

    [Fact]
    public void Join_NameWithoutACode_IsRefusedInTheSameWords() =>
        Assert.Contains("no such code", Refusal(() => Join(JoinCode.Create("gate-1", []), Request("gate-1"))));

    [Fact]
    public async Task Join_RequestForAnotherName_IsRefused()
    {
        var code = await AddAsync("gate-1");
        await AddAsync("gate-2");

        Assert.Contains("no such code for gate-2", Refusal(() => Join(code, Request("gate-2"))));
        Assert.Empty(NodeRegistry.Load(_site).Nodes);
    }

    [Fact]
    public async Task Join_UsedCode_GivesTheSameKeyTheSameCertificateAndAnotherKeyNone()
    {
        var code = await AddAsync("gate-1");
        var request = Request("gate-1");
        var first = await File.ReadAllTextAsync(Join(code, request));

        Assert.Equal(first, await File.ReadAllTextAsync(Join(code, request)));
        Assert.Contains("used already", Refusal(() => Join(code, Request("gate-1"))));
        Assert.Null(Assert.Single(NodeRegistry.Load(_site).Nodes).Former);
    }

    [Fact]
    public async Task Join_ExpiredCode_IsRefused()
    {
        var code = await AddAsync("gate-1");

        Assert.Contains("expired", Refusal(() => Join(code, Request("gate-1"), Clocks.InDays(1.01))));
        Join(code, Request("gate-1"), Clocks.InDays(0.99));
    }

    [Fact]
    public async Task Join_CodeFromBeforeTheNodeWasShutOut_IsRefused()
    {
        var first = await AddAsync("gate-1");
        Sign("gate-1", TimeProvider.System);
        await ShutOutAsync("gate-1");
        Assert.Contains("no such code", Refusal(() => Join(first, Request("gate-1"))));

        // One that was made after that, and got into wrong hands.
        var second = await AddAsync("gate-1");
        await ShutOutAsync("gate-1");
        Assert.Contains("no such code", Refusal(() => Join(second, Request("gate-1"))));

        Join(await AddAsync("gate-1"), Request("gate-1"));
    }

    [LimitsFact]
    public async Task Join_FolderOfAnotherUser_IsLeftAlone()
    {
        var code = await AddAsync("gate-1");
        await ExternalProgram.OutputOfAsync("/bin/chown", "65534", _site.Root);

        var error = await Assert.ThrowsAsync<PicketException>(() => AddAsync("gate-2"));

        Assert.Contains("belongs to another user", error.Message);
        await ExternalProgram.OutputOfAsync("/bin/chown", "0", _site.Root);
        Join(code, Request("gate-1"));
    }

    [Theory]
    [InlineData("no request")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")]
    public async Task Join_NoRequest_IsMalformed(string csr)
    {
        var code = await AddAsync("gate-1");
        var refused = Assert.Throws<EnrollmentRefusedException>(() => new Admission(_site, TimeProvider.System)
            .Join(new JoinRequest(1, Convert.ToHexString(code.Secret), csr)));
        Assert.Equal(400, refused.Status);
    }

    // 825 days of life, two thirds are 550.
    [Theory]
    [InlineData(549, false)]
    [InlineData(551, true)]
    [InlineData(824, true)]
    [InlineData(826, true)] // expired
    [InlineData(2000, true)]
    public void Renew_ByAge_IsDueFromTwoThirdsOn(int days, bool isDue)
    {
        using var certificate = Sign("gate-1", Clocks.InDays(-days));

        Assert.Equal(isDue, Renew(certificate, null).Due);
        var bundle = Renew(certificate, Request("gate-1")).Bundle;
        Assert.Equal(isDue, bundle is not null);
        if (bundle is null) return;
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, Write(bundle)).ExitCode);
    }

    [Fact]
    public void Renew_AnswerLost_GivesTheSameAgain()
    {
        using var certificate = Sign("gate-1", Clocks.InDays(-600));
        var request = Request("gate-1");
        var first = Renew(certificate, request).Bundle;

        Assert.Equal(first, Renew(certificate, request).Bundle);
        Assert.Single(Assert.Single(NodeRegistry.Load(_site).Nodes).Former!);
    }

    [Fact]
    public void Renew_OldCertificateAfterTheNewOneWasSeen_IsACopyAndRefused()
    {
        using var old = Sign("gate-1", Clocks.InDays(-600));
        using var renewed = X509Certificate2.CreateFromPem(Renew(old, Request("gate-1")).Bundle);
        Assert.Equal(new EnrollmentAnswer(1), Renew(renewed, null));

        Assert.Contains("may be a copy", Refusal(() => Renew(old, null)));
    }

    [Fact]
    public void Renew_Revoked_IsRefused()
    {
        using var certificate = Sign("gate-1", Clocks.InDays(-600));
        Revoke("gate-1");

        Assert.Contains("shut out", Refusal(() => Renew(certificate, Request("gate-1"))));
    }

    [Fact]
    public void Renew_RevokedAndLetInAgain_RefusesTheOldCertificate()
    {
        using var stolen = Sign("gate-1", Clocks.InDays(-600));
        Revoke("gate-1");
        using var again = Sign("gate-1", TimeProvider.System, renew: true);

        Assert.Contains("may be a copy", Refusal(() => Renew(stolen, null)));
        Assert.False(Renew(again, null).Due);
    }

    [Fact]
    public void Renew_RequestForAnotherName_IsRefused()
    {
        using var certificate = Sign("gate-1", Clocks.InDays(-600));

        Assert.Contains("is for 'gate-2'", Refusal(() => Renew(certificate, Request("gate-2"))));
    }

    [Fact]
    public void Renew_ForeignAuthoritysCertificate_IsRefused()
    {
        using var pki = new TestPki(_temp.File("foreign"));
        pki.Issue("gate-1");
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(pki.CertificateFile("gate-1"));
        Sign("gate-1", TimeProvider.System).Dispose();

        Assert.Contains("not of this site", Refusal(() => Renew(certificate, null)));
    }

    [Fact]
    public void Renew_CertificatesOfBrokerAndCenter_AreNoNodes()
    {
        using var broker = X509CertificateLoader.LoadCertificateFromFile(_site.BrokerCertificate);
        using var center = X509CertificateLoader.LoadCertificateFromFile(_site.CenterCertificate);

        Assert.Contains("not of this site", Refusal(() => Renew(broker, null))); // for servers only
        Assert.Contains("no node's", Refusal(() => Renew(center, null)));
    }

    [Fact]
    public void Renew_CertificatesThatAreNeverUsed_EndAtALimit()
    {
        using var certificate = Sign("gate-1", Clocks.InDays(-600));
        string? refusal = null;
        for (var i = 0; i < 40 && refusal is null; i++)
        {
            try
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                Renew(certificate, new CertificateRequest(
                    "CN=gate-1", key, HashAlgorithmName.SHA256).CreateSigningRequestPem());
            }
            catch (EnrollmentRefusedException e)
            {
                refusal = e.Message;
            }
        }
        Assert.Contains("does not use", refusal);
    }

    private Task<JoinCode> AddAsync(string name) =>
        Enrollment.AddNodeAsync(_site, name, TimeSpan.FromDays(1), TimeProvider.System, CancellationToken.None);

    /// <summary>As the verb does; no broker runs.</summary>
    private Task ShutOutAsync(string name) =>
        new NodeRevocation(_site, null, TimeProvider.System).RunAsync(name, CancellationToken.None);

    private void Revoke(string name)
    {
        var registry = NodeRegistry.Load(_site);
        Assert.True(registry.Revoke(name, DateTimeOffset.UtcNow));
        registry.Save();
    }

    private string Request(string name) => File.ReadAllText(OpenSsl.NewRequest(_temp, $"/CN={name}").Request);

    /// <summary>The path of the bundle.</summary>
    private string Join(JoinCode code, string csr, TimeProvider? time = null) =>
        Write(new Admission(_site, time ?? TimeProvider.System)
            .Join(new JoinRequest(1, Convert.ToHexString(code.Secret), csr)).Bundle);

    private EnrollmentAnswer Renew(X509Certificate2 presented, string? csr)
    {
        using var authority = SiteAuthority.Load(_site, TimeProvider.System);
        return new Admission(_site, TimeProvider.System)
            .Renew(presented, new RenewRequest(1, [authority.Fingerprint], csr)).Answer;
    }

    private X509Certificate2 Sign(string name, TimeProvider time, bool renew = false) =>
        X509Certificate2.CreateFromPem(Enrollment.Sign(_site, Request(name), name, name, renew, time).Bundle);

    private string Write(string bundle)
    {
        var path = _temp.File($"{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, bundle);
        return path;
    }

    private static string Refusal(Action action) => Assert.Throws<EnrollmentRefusedException>(action).Message;
}
