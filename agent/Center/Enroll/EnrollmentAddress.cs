using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Center.Enroll;

/// <summary>Where a machine joins, as the running center noted it, for those who are told it by voice.</summary>
internal static class EnrollmentAddress
{
    /// <summary>Notes where the enrollment port listens. A disk that does not take it costs only the note.</summary>
    public static void Keep(StateFolder folder, IPAddress bind, int port)
    {
        try
        {
            PrivateFiles.Write(folder.EnrollmentAddress, $"{new IPEndPoint(bind, port)}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // 'node add' then says CENTER:PORT.
            return;
        }
    }

    /// <summary>The URL for <c>picket join</c>, with the name that the site was given; null until a center has listened
    /// there.</summary>
    public static string? Url(StateFolder folder)
    {
        try
        {
            if (!File.Exists(folder.EnrollmentAddress)
                || !IPEndPoint.TryParse(File.ReadAllText(folder.EnrollmentAddress).Trim(), out var at))
                return null;
            using var broker = X509CertificateLoader.LoadCertificateFromFile(BrokerCertificate.PathOf(folder));
            var named = ConsoleCertificate.Hosts(broker).FirstOrDefault(host => host is not ("localhost" or "127.0.0.1"));
            var host = IPAddress.IsLoopback(at.Address) ? "localhost" : named ?? $"{at.Address}";
            return new UriBuilder(Uri.UriSchemeHttps, host, at.Port).Uri.GetLeftPart(UriPartial.Authority);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }
}
