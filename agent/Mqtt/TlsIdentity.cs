using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Mqtt;

/// <summary>What this machine presents to a broker, and whom it trusts: its certificate and key, and the site's authorities. If one side
/// refuses the other, it explains why in words for the person in front of the machine.</summary>
internal sealed class TlsIdentity : IDisposable
{
    /// <summary>Without it a node's certificate, which is from the same authority, could pass for a broker's (RFC 5280, section
    /// 4.2.1.12).</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const X509ChainStatusFlags Stranger = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot
        | X509ChainStatusFlags.NotSignatureValid;

    private readonly MqttOptions _options;
    private readonly X509Certificate2Collection _authorities = [];
    private readonly X509Certificate2Collection _shown = [];
    private readonly X509Certificate2 _own;

    /// <exception cref="MqttException">Names the file that is missing or bad, and what to do.</exception>
    public TlsIdentity(MqttOptions options)
    {
        _options = options;
        var authorities = Read(options.CaFile, "CA certificate");
        var certificates = Read(options.CertificateFile, "certificate");
        var key = Read(options.KeyFile, "private key");
        Import(_authorities, authorities, options.CaFile);
        if (_authorities.Count == 0)
            throw new MqttException($"{options.CaFile}: holds no authority's certificate; enroll this machine again");
        Import(_shown, certificates, options.CertificateFile);
        if (_shown.Count == 0)
            throw new MqttException(
                $"{options.CertificateFile}: is damaged, there is no certificate in it; enroll this machine again");
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new MqttException(
                $"{options.KeyFile}: has a pass phrase, which nobody can type here; store the key without one, or enroll this "
                + "machine again");
        try
        {
            _own = X509Certificate2.CreateFromPem(certificates, key);
        }
        // The latter if it belongs to another certificate.
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MqttException(
                $"{options.KeyFile}: is damaged, or not the key of {options.CertificateFile}; enroll this machine again", e);
        }
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>TLS 1.3 with the site's authorities and no others.</summary>
    /// <param name="refused">Receives the reason why the broker's certificate is not accepted.</param>
    public SslClientAuthenticationOptions Options(Action<string> refused)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // The center's list says who is revoked, and it can't be reached from here.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return new SslClientAuthenticationOptions
        {
            TargetHost = _options.Host,
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13,
            // Offline: no certificate is searched for elsewhere.
            ClientCertificateContext = SslStreamCertificateContext.Create(_own, _shown, offline: true),
            CertificateChainPolicy = policy,
            // A resumed session would present no certificate to the broker: one revoked since would get in.
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, server, chain, errors) =>
            {
                if (BrokersFault(server as X509Certificate2, chain, errors) is not { } fault) return true;
                refused(fault);
                return false;
            },
        };
    }

    /// <summary>Why there is no TLS or no welcome, judging by <paramref name="error"/> and what is seen here.</summary>
    /// <param name="isShown">The handshake is over: TLS 1.3 reports a refused certificate only after it, in an alert that the
    /// following reset may overtake.</param>
    public string OwnFault(Exception error, bool isShown)
    {
        var words = "";
        for (var one = error; one is not null; one = one.InnerException) words = $"{words} {one.Message}";
        bool Says(string word) => words.Contains(word, StringComparison.OrdinalIgnoreCase);
        var file = _options.CertificateFile;
        if (!IsValidNow(_own))
            return $"{file}: the certificate is valid {Times(_own)}, and this machine's clock says {Day(Now)}: set the clock, or, if "
                + "it is right, enroll this machine again";
        if (Says("revoked"))
            return $"the broker refuses {file}: it is revoked, this machine was shut out at the center";
        if (Says("expired"))
            return $"the broker refuses {file} as expired (valid {Times(_own)}): one of the two clocks is wrong, or it must be "
                + "enrolled again";
        if (Says("unknown ca"))
            return $"the broker does not know the authority of {file}, '{Name(_own, forIssuer: true)}': another site's broker? Check "
                + "the address, or enroll this machine again";
        if (Says("alert") || isShown)
            return $"the broker {(Says("alert") ? "" : "hung up without a welcome: it is being stopped, or ")}refuses {file} "
                + $"('{Name(_own, forIssuer: false)}', from the authority '{Name(_own, forIssuer: true)}'): it was revoked, or is from "
                + "another site; see the center's list of nodes, or enroll this machine again";
        return Says("frame")
            ? "what answers there does not speak TLS; is that the broker's port (8883)?"
            : $"the TLS handshake failed: {error.GetBaseException().Message}";
    }

    public void Dispose()
    {
        _own.Dispose();
        foreach (var certificate in _authorities) certificate.Dispose();
        foreach (var certificate in _shown) certificate.Dispose();
    }

    private static string Read(string file, string what)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MqttException($"{file}: no such {what} file; enroll this machine first", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MqttException($"{file}: can't be read ({e.Message})", e);
        }
    }

    private static void Import(X509Certificate2Collection into, string pem, string file)
    {
        try
        {
            into.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new MqttException($"{file}: is damaged, there is no certificate in it; enroll this machine again", e);
        }
    }

    /// <summary>Why the broker's certificate is not accepted, or null.</summary>
    private string? BrokersFault(X509Certificate2? server, X509Chain? chain, SslPolicyErrors errors)
    {
        if (server is null || chain is null) return "the broker presents no certificate; is that the broker's port (8883)?";
        var statuses = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        var name = $"'{Name(server, forIssuer: false)}'";
        if ((statuses & Stranger) != 0)
            return $"the broker's certificate {name} is from the authority '{Name(server, forIssuer: true)}', which is not in "
                + $"{_options.CaFile}: another site's broker, or not the broker's port (8883); check the address, or enroll this "
                + "machine at that site";
        if ((statuses & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            var old = chain.ChainElements
                .Select(element => element.Certificate)
                .FirstOrDefault(certificate => !IsValidNow(certificate)) ?? server;
            return $"the certificate '{Name(old, forIssuer: false)}' of the broker is valid {Times(old)}, and this machine's "
                + $"clock says {Day(Now)}: set the clock, or, if it is right, renew that certificate at the center";
        }
        // 127.1 would be taken for 127.0.0.1, which is not in the certificate.
        var isShort = IPAddress.TryParse(_options.Host, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork
            && ip.ToString() != _options.Host;
        if (isShort || (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
            return $"the broker's certificate {name} is not issued for the name or address '{_options.Host}'; name the broker as its "
                + $"certificate does ({Names(server)})";
        return errors == SslPolicyErrors.None
            ? null
            : $"the broker's certificate {name} is not acceptable ({errors}: {statuses})";
    }

    private static bool IsValidNow(X509Certificate2 certificate) =>
        Now >= certificate.NotBefore.ToUniversalTime() && Now <= certificate.NotAfter.ToUniversalTime();

    private static string Times(X509Certificate2 certificate) =>
        $"from {Day(certificate.NotBefore.ToUniversalTime())} to {Day(certificate.NotAfter.ToUniversalTime())}";

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

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
