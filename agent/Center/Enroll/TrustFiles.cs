namespace Picket.Center.Enroll;

/// <summary>The files that follow from the authorities and the node list: whom the broker trusts, whom it does
/// not.</summary>
internal static class TrustFiles
{
    /// <summary>When the broker's lists were changed last.</summary>
    public static (DateTime Access, DateTime Authorities, DateTime Revoked) Changed(StateFolder folder) => (
        File.GetLastWriteTimeUtc(folder.BrokerAcl),
        File.GetLastWriteTimeUtc(folder.BrokerCa),
        File.GetLastWriteTimeUtc(folder.BrokerRevoked));

    /// <summary>True when the broker's file of trusted authorities is what follows from them.</summary>
    public static bool AreAuthoritiesWritten(StateFolder folder, SiteAuthorities authorities) =>
        File.Exists(folder.BrokerCa) && File.ReadAllText(folder.BrokerCa) == authorities.TrustedPem;

    public static void WriteAuthorities(StateFolder folder, SiteAuthorities authorities) =>
        PrivateFiles.Write(folder.BrokerCa, authorities.TrustedPem);

    /// <summary>Writes a revocation list of each authority: with a revocation file, mosquitto refuses whom no list
    /// covers.</summary>
    /// <param name="without">A serial that is left out for now, or null.</param>
    public static void WriteRevoked(
        StateFolder folder, SiteAuthorities authorities, NodeRegistry registry, string? without = null)
    {
        // Operators have no rights at the broker, but their certificates open a connection there.
        var operators = OperatorRegistry.Load(folder);
        var number = File.Exists(folder.BrokerRevoked)
            ? SiteAuthority.NextRevocationListNumber(File.ReadAllText(folder.BrokerRevoked))
            : 1;
        PrivateFiles.Write(folder.BrokerRevoked, string.Concat(authorities.All.Select(
            authority => authority.RevocationListPem(
                registry.RevokedCertificates(authority.Fingerprint)
                    .Concat(operators.RevokedCertificates(authority.Fingerprint))
                    .Where(certificate => certificate.Serial != without),
                number))));
    }
}
