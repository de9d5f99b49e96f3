using System.Globalization;
using System.Numerics;

namespace Picket.Center.Enroll;

/// <summary>The files that follow from the authorities and the node list: whom the broker trusts and whom it does not. They are
/// made from what is in the center's own folders, and never read back from the broker's.</summary>
internal static class TrustFiles
{
    /// <summary>
    /// The number to use if none is known: for a site from before the number had a file, or one whose file is damaged. It is above
    /// any that counting has reached, since that would take 50,000 revocations, and as a time of issue it is 28 hours into 1970.
    /// </summary>
    private static readonly BigInteger Unknown = 100_000;

    /// <summary>A list's time of issue is this many seconds after 1970: a number above this is not ours but a date in the future,
    /// and its list would shut everybody out.</summary>
    private static readonly BigInteger MaxNumber = 1_000_000_000;

    /// <summary>When the broker's lists last changed.</summary>
    public static (DateTime Access, DateTime Authorities, DateTime Revoked) Changed(StateFolder folder) => (
        File.GetLastWriteTimeUtc(folder.BrokerAcl),
        File.GetLastWriteTimeUtc(folder.BrokerCa),
        File.GetLastWriteTimeUtc(folder.BrokerRevoked));

    /// <summary>The files of trusted authorities that don't match the keys: gone, damaged, changed by somebody, or left by an
    /// interrupted rotation.</summary>
    public static string[] WrongAuthorities(StateFolder folder, SiteAuthorities authorities) =>
    [
        .. from file in Authorities(folder, authorities).Prepend((Path: folder.CaCertificate, Pem: authorities.Issuing.CertificatePem))
           where !PrivateFiles.Holds(file.Path, file.Pem)
           select file.Path,
    ];

    public static void WriteAuthorities(StateFolder folder, SiteAuthorities authorities)
    {
        foreach (var (path, pem) in Authorities(folder, authorities)) PrivateFiles.Write(path, pem);
    }

    /// <summary>Recreates what <see cref="WrongAuthorities"/> finds.</summary>
    public static void MendAuthorities(StateFolder folder, SiteAuthorities authorities)
    {
        PrivateFiles.Write(folder.CaCertificate, authorities.Issuing.CertificatePem);
        WriteAuthorities(folder, authorities);
    }

    /// <summary>Records who was shut out, and for a mosquitto writes a revocation list for each authority: given a revocation file,
    /// it refuses everybody whom no list covers.</summary>
    /// <param name="without">Serials that are left out for now.</param>
    public static void WriteRevoked(
        StateFolder folder, SiteAuthorities authorities, NodeRegistry registry, params string[] without)
    {
        // Operators have no rights at the broker, but their certificates open a connection there.
        var operators = OperatorRegistry.Load(folder);
        if (Directory.Exists(folder.LastingFolder))
            PrivateFiles.Write(folder.LastingRevoked, string.Concat(ShutOut(registry, operators).Select(name => name + "\n")));
        if (!folder.HasMosquitto) return;
        var number = NextListNumber(folder);
        WriteRevoked(folder, string.Concat(authorities.All.Select(
            authority => authority.RevocationListPem(
                registry.RevokedCertificates(authority.Fingerprint)
                    .Concat(operators.RevokedCertificates(authority.Fingerprint))
                    .Where(certificate => !without.Contains(certificate.Serial)),
                number))));
    }

    /// <summary>Who was shut out when a list was last written but is admitted by this folder: it was set back since.</summary>
    public static string[] InAgain(StateFolder folder) => File.Exists(folder.LastingRevoked)
        ? [.. File.ReadLines(folder.LastingRevoked).Except(ShutOut(NodeRegistry.Load(folder), OperatorRegistry.Load(folder)))]
        : [];

    private static IEnumerable<string> ShutOut(NodeRegistry nodes, OperatorRegistry operators) =>
        nodes.Nodes.Where(node => node.Revoked is not null).Select(node => node.Name)
            .Concat(operators.Operators.Where(one => one.Revoked is not null).Select(one => OperatorEntry.Prefix + one.Name));

    /// <summary>Writes these lists for a mosquitto: the copy that is kept here, and its own.</summary>
    public static void WriteRevoked(StateFolder folder, string lists)
    {
        if (!folder.HasMosquitto) return;
        PrivateFiles.Write(folder.CaRevoked, lists);
        PrivateFiles.Write(folder.BrokerRevoked, lists);
    }

    /// <summary>False if a mosquitto's revocation lists are not those that were last written for it.</summary>
    public static bool AreRevokedWritten(StateFolder folder) => !folder.HasMosquitto
        || File.Exists(folder.CaRevoked) && PrivateFiles.Holds(folder.BrokerRevoked, File.ReadAllText(folder.CaRevoked));

    /// <summary>The number for the next revocation list; each call uses one up.</summary>
    public static BigInteger NextListNumber(StateFolder folder)
    {
        BigInteger?[] last = [LastNumber(folder.ListNumber), LastNumber(folder.LastingNumber)];
        var number = (last.Max() ?? Unknown) + 1;
        var text = number.ToString(CultureInfo.InvariantCulture) + "\n";
        // Before the list: a number is skipped rather than used twice.
        PrivateFiles.Write(folder.ListNumber, text);
        if (Directory.Exists(folder.LastingFolder)) PrivateFiles.Write(folder.LastingNumber, text);
        return number;
    }

    /// <summary>Null if none is known.</summary>
    private static BigInteger? LastNumber(string path)
    {
        if (!File.Exists(path)) return null;
        var text = File.ReadAllText(path).Trim();
        return BigInteger.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < MaxNumber
            ? number
            : null;
    }

    private static (string Path, string Pem)[] Authorities(StateFolder folder, SiteAuthorities authorities) =>
        folder.HasMosquitto
            ? [(folder.CaTrusted, authorities.TrustedPem), (folder.BrokerCa, authorities.TrustedPem)]
            : [(folder.CaTrusted, authorities.TrustedPem)];
}
