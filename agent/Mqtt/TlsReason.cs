using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Mqtt;

/// <summary>Finds out why no TLS connection comes about, in words for who stands before the machine: libmosquitto only
/// hands on OpenSSL's "certificate verify failed". It looks at the files, then asks the broker itself, once.</summary>
internal static class TlsReason
{
    /// <summary>A broker that refuses a certificate says so only behind the handshake (TLS 1.3); one that accepts it says
    /// nothing, and is not waited for longer than this.</summary>
    private static readonly TimeSpan s_refusesWithin = TimeSpan.FromSeconds(2);

    /// <summary>What is wrong and what to do, or null when nothing can be found.</summary>
    public static async Task<string?> FindAsync(MqttOptions options, CancellationToken cancel)
    {
        if (FileFault(options, out var authorities, out var own) is { } fault) return fault;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.ConnectTimeout);
        using (own)
        {
            try
            {
                return await AskAsync(options, authorities, own!, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                // The line itself fails now: the first message tells as much.
                cancel.ThrowIfCancellationRequested();
                return null;
            }
        }
    }

    /// <summary>Which of the three files is no good; null when they are, with what is in them.</summary>
    private static string? FileFault(
        MqttOptions options, out X509Certificate2Collection authorities, out X509Certificate2? own)
    {
        (authorities, own) = ([], null);
        var file = options.CaFile;
        try
        {
            authorities.ImportFromPem(File.ReadAllText(file));
            if (authorities.Count == 0) return $"{file}: holds no authority's certificate; enroll this machine again";
            file = options.CertificateFile;
            var certificate = File.ReadAllText(file);
            X509Certificate2.CreateFromPem(certificate).Dispose();
            file = options.KeyFile;
            var key = File.ReadAllText(file);
            if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
                return $"{file}: has a pass phrase, which nobody can type here; store the key without one, or enroll this "
                    + "machine again";
            own = X509Certificate2.CreateFromPem(certificate, key);
            return null;
        }
        // The latter when it is another certificate's.
        catch (Exception e) when (file == options.KeyFile && (e is CryptographicException or ArgumentException))
        {
            return $"{file}: is damaged, or not the key of {options.CertificateFile}; enroll this machine again";
        }
        catch (CryptographicException)
        {
            return $"{file}: is damaged, there is no certificate in it; enroll this machine again";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{file}: can't be read ({e.Message})";
        }
    }

    private static async Task<string?> AskAsync(
        MqttOptions options, X509Certificate2Collection authorities, X509Certificate2 own, CancellationToken cancel)
    {
        string? fault = null;
        using var socket = new TcpClient();
        await socket.ConnectAsync(options.Host, options.Port, cancel).ConfigureAwait(false);
        var stream = new SslStream(socket.GetStream());
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                await stream.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = options.Host,
                        EnabledSslProtocols = SslProtocols.Tls13,
                        ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true),
                        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                        RemoteCertificateValidationCallback = (_, server, _, _) =>
                        {
                            fault = ServerFault(options, server as X509Certificate2, authorities);
                            return fault is null;
                        },
                    },
                    cancel).ConfigureAwait(false);
                using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                quiet.CancelAfter(s_refusesWithin);
                await stream.ReadExactlyAsync(new byte[1], quiet.Token).ConfigureAwait(false);
                return null;
            }
            catch (OperationCanceledException)
            {
                return OwnFault(options, own, "");
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                // A refusal is an alert behind the handshake, and the reset after it may overtake it.
                var alert = stream.IsAuthenticated ? $"alert: {e.InnerException?.Message}" : $"{e.InnerException?.Message}";
                return fault ?? OwnFault(options, own, $"{e.Message} {alert}") ?? NoTls(e);
            }
        }
    }

    /// <summary>Why the broker's certificate is not accepted, or null.</summary>
    private static string? ServerFault(
        MqttOptions options, X509Certificate2? server, X509Certificate2Collection authorities)
    {
        if (server is null) return "the broker shows no certificate; is that the broker's port (8883)?";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.Build(server);
        var statuses = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        const X509ChainStatusFlags Stranger = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot
            | X509ChainStatusFlags.NotSignatureValid;
        var name = $"'{Name(server, forIssuer: false)}'";
        if ((statuses & Stranger) != 0)
            return $"the broker's certificate {name} is from the authority '{Name(server, forIssuer: true)}', which is not in "
                + $"{options.CaFile}: another site's broker, or not the broker's port (8883); check the address, or enroll "
                + "this machine at that site";
        if ((statuses & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            var old = chain.ChainElements
                .Select(element => element.Certificate)
                .FirstOrDefault(certificate => !IsValidNow(certificate)) ?? server;
            return $"the certificate '{Name(old, forIssuer: false)}' of the broker is valid {Times(old)}, and this machine's "
                + $"clock says {Day(Now)}: set the clock, or, if it is right, renew that certificate at the center";
        }
        // OpenSSL takes a short form of an address, such as 127.1, for a name.
        var isShort = IPAddress.TryParse(options.Host, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork
            && ip.ToString() != options.Host;
        if (isShort || !server.MatchesHostname(options.Host))
            return $"the broker's certificate {name} is not issued for the name or address '{options.Host}'; name the broker "
                + $"as its certificate does ({Names(server)})";
        return statuses == X509ChainStatusFlags.NoError
            ? null
            : $"the broker's certificate {name} is not acceptable ({statuses})";
    }

    /// <summary>Why the broker does not accept ours, or null.</summary>
    /// <param name="alert">What OpenSSL says of the broker's refusal.</param>
    private static string? OwnFault(MqttOptions options, X509Certificate2 own, string alert)
    {
        bool Says(string word) => alert.Contains(word, StringComparison.OrdinalIgnoreCase);
        if (!IsValidNow(own))
            return $"{options.CertificateFile}: the certificate is valid {Times(own)}, and this machine's clock says "
                + $"{Day(Now)}: set the clock, or, if it is right, enroll this machine again";
        if (Says("revoked"))
            return $"the broker refuses {options.CertificateFile}: it is revoked, this machine was shut out at the center";
        if (Says("expired"))
            return $"the broker refuses {options.CertificateFile} as expired (valid {Times(own)}): one of the two clocks is "
                + "wrong, or it has to be enrolled again";
        if (Says("unknown ca"))
            return $"the broker does not know the authority of {options.CertificateFile}, '{Name(own, forIssuer: true)}': "
                + "another site's broker? Check the address, or enroll this machine again";
        return Says("alert")
            ? $"the broker refuses {options.CertificateFile} ('{Name(own, forIssuer: false)}', from the authority "
                + $"'{Name(own, forIssuer: true)}'): it was revoked, or is of another site; see the center's list of nodes, or "
                + "enroll this machine again"
            : null;
    }

    private static string? NoTls(Exception e) =>
        e.Message.Contains("frame", StringComparison.OrdinalIgnoreCase)
            ? "what answers there speaks no TLS; is that the broker's port (8883)?"
            : null;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static bool IsValidNow(X509Certificate2 certificate) =>
        Now >= certificate.NotBefore.ToUniversalTime() && Now <= certificate.NotAfter.ToUniversalTime();

    private static string Times(X509Certificate2 certificate) =>
        $"from {Day(certificate.NotBefore.ToUniversalTime())} to {Day(certificate.NotAfter.ToUniversalTime())}";

    private static string Day(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The first names in it; the certificate is a stranger's, so no control characters and no endless
    /// list.</summary>
    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(ip => ip.ToString())))
            .Take(5).Select(Plain).ToArray();
        return names.Length > 0 ? string.Join(", ", names) : "it has none";
    }

    private static string Name(X509Certificate2 certificate, bool forIssuer) =>
        Plain(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer));

    private static string Plain(string text) =>
        new([.. text.Take(64).Select(c => c is >= ' ' and <= '~' ? c : '?')]);
}
