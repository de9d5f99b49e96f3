using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Center.Enroll;

/// <summary>The broker's certificate as the center keeps it; the next one is for the same names and key.</summary>
internal static class BrokerCertificate
{
    /// <summary>The caller disposes it.</summary>
    /// <exception cref="PicketException">It is gone or damaged.</exception>
    public static X509Certificate2 Load(StateFolder folder, SiteAuthorities authorities)
    {
        var path = PathOf(folder);
        X509Certificate2 certificate;
        try
        {
            certificate = X509CertificateLoader.LoadCertificateFromFile(path);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e.Message, e);
        }
        if (authorities.IsServerOfOurs(certificate)) return certificate;
        certificate.Dispose();
        throw Unusable(path, "not signed by this site's authority", null);
    }

    /// <summary>Where it is. For a site from before the center kept a copy, the broker's own is as good if our authority signed
    /// it.</summary>
    public static string PathOf(StateFolder folder) =>
        File.Exists(folder.CaBrokerCertificate) ? folder.CaBrokerCertificate : folder.BrokerCertificate;

    /// <summary>Writes the certificate to both places, the center's own first; a mosquitto reads the other.</summary>
    public static void Write(StateFolder folder, string pem)
    {
        PrivateFiles.Write(folder.CaBrokerCertificate, pem);
        if (folder.HasMosquitto) PrivateFiles.Write(folder.BrokerCertificate, pem);
    }

    /// <summary>True if a mosquitto has what the center keeps.</summary>
    public static bool IsWritten(StateFolder folder) =>
        File.Exists(folder.CaBrokerCertificate)
        && (!folder.HasMosquitto || PrivateFiles.Holds(folder.BrokerCertificate, File.ReadAllText(folder.CaBrokerCertificate)));

    private static PicketException Unusable(string path, string why, Exception? inner) => new(
        $"broker certificate {path}: can't be read ({why.TrimEnd('.')}); restore the folder from its backup", inner: inner);
}
