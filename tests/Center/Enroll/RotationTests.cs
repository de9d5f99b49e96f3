using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Enroll;

/// <summary>What the rotation does to nodes is tested with them, in EnrollmentServerTests and RunningSiteTests.</summary>
public sealed class RotationTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public RotationTests()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Finish_PersonWithACertificateOfTheOldAuthority_WaitsForTheNewOne()
    {
        var old = Sign(renew: false);
        Rotation.Begin(_site, TimeProvider.System);
        Assert.Equal(["op-ann"], Rotation.Behind(_site, TimeProvider.System));
        Assert.Contains("op-ann", Assert.Throws<PicketException>(
            () => Rotation.Finish(_site, force: false, TimeProvider.System)).Message);
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.BrokerCa, old).ExitCode);

        var renewed = Sign(renew: true);
        Rotation.Finish(_site, force: false, TimeProvider.System);

        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.BrokerCa, renewed).ExitCode);
        Assert.NotEqual(0, OpenSsl.Run("verify", "-CAfile", _site.BrokerCa, old).ExitCode);
    }

    [Fact]
    public void Finish_NoRotation_SaysHowToBeginOne() =>
        Assert.Contains("ca rotate", Assert.Throws<PicketException>(
            () => Rotation.Finish(_site, force: true, TimeProvider.System)).Message);

    /// <summary>Cut behind its first step, the old authority stands in both places, and nothing has changed.</summary>
    [Fact]
    public void Begin_CutBeforeTheNewAuthority_CanBeBegunAgain()
    {
        using (var authority = SiteAuthority.Load(_site, TimeProvider.System)) authority.SaveOutgoing(_site);
        using (var authorities = SiteAuthorities.Load(_site, TimeProvider.System)) Assert.Null(authorities.Outgoing);

        Rotation.Begin(_site, TimeProvider.System);

        using (var authorities = SiteAuthorities.Load(_site, TimeProvider.System)) Assert.NotNull(authorities.Outgoing);
    }

    private string Sign(bool renew)
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=op-ann");
        var (bundle, _) = OperatorEnrollment.Sign(
            _site, "ann", OperatorRole.Viewer, File.ReadAllText(request), request, renew, TimeProvider.System);
        var path = _temp.File($"{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, bundle);
        return path;
    }
}
