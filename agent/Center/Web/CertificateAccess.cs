using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Web;

/// <summary>A site's access: only TLS 1.3, and for each person a client certificate of the site's own authority. Without
/// one the handshake fails, before a byte of HTTP is read.</summary>
/// <remarks>The certificate proves the name; whether it may be used, and for what, is in <c>operators.json</c>, which is
/// consulted at each request.</remarks>
internal sealed class CertificateAccess : IConsoleAccess
{
    /// <summary>A handshake is two round trips; a client that takes longer occupies a place that others need.</summary>
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A browser opens 6 to one host; ten browsers behind one address, and some that are being closed.</summary>
    internal const int ConnectionsPerAddress = 64;

    /// <summary>Checked again this often, and when a rotation has changed the authorities.</summary>
    private static readonly TimeSpan CertificateAge = TimeSpan.FromDays(1);

    private readonly StateFolder _folder;
    private readonly IPAddress _bind;
    private readonly int _port;
    private readonly Action<string> _tell;
    private readonly OperatorList _operators;
    private readonly List<X509Certificate2> _certificates = [];
    private readonly HashSet<string> _hosts;
    private readonly ConnectionQuota _quota = new(ConnectionsPerAddress);
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private SslStreamCertificateContext _served;
    private string _trustedPem = "";
    private (DateTime Issuing, DateTime Outgoing) _stamp;
    private long _loadedAt;
    private readonly Throttle _refused;

    /// <param name="port">0 for a free one.</param>
    /// <param name="tell">Receives the console's address.</param>
    /// <exception cref="PicketException">There is no site, or its certificate can't be read or made.</exception>
    public CertificateAccess(
        StateFolder folder, IPAddress bind, int port, Action<string> tell, ILogger log, TimeProvider time)
    {
        (_folder, _bind, _port, _tell, _log, _time) = (folder, bind, port, tell, log, time);
        _operators = new OperatorList(folder, log, time);
        _refused = new Throttle(time, Throttle.OneSecond);
        _served = LoadCertificate();
        _hosts = new(ConsoleCertificate.Hosts(_certificates[0]), StringComparer.OrdinalIgnoreCase);
    }

    public string Scheme => "https";

    public string Kind => "operator";

    public string DeniedPage => "refused.html";

    public string Place => $"console {_bind}:{_port}, name another with --console-bind and --console-port";

    public void Listen(KestrelServerOptions kestrel) => kestrel.Listen(_bind, _port, listen =>
    {
        // HTTP/2 would save some connections, but be a second parser that outside bytes reach.
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(_quota.Limit);
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            SslProtocols = SslProtocols.Tls13,
            ServerCertificate = _certificates[0], // Restrict names the one of the day
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (certificate, _, errors) => IsGood(certificate, errors),
            HandshakeTimeout = HandshakeTimeout,
            OnAuthenticate = (_, options) => Restrict(options),
        });
    });

    public void Map(IEndpointRouteBuilder routes)
    {
        // Someone who has a certificate needs no other entry.
    }

    public void Opened(int port)
    {
        var host = _bind.Equals(IPAddress.Loopback) || _bind.Equals(IPAddress.Any) ? "localhost" : _bind.ToString();
        _tell($"https://{host}:{port}/");
    }

    public bool IsOwnHost(string host) => _hosts.Contains(host.Trim('[', ']'));

    public Visitor? Find(HttpContext context) =>
        context.Connection.ClientCertificate is { } certificate && _operators.Find(certificate) is { } known
            ? new Visitor(OperatorEntry.Prefix + known.Name, known.Role)
            : null;

    public void Dispose()
    {
        foreach (var certificate in _certificates) certificate.Dispose();
    }

    /// <summary>Today's certificate and authorities: a center runs for years.</summary>
    private SslStreamCertificateContext Served(out string trustedPem)
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_loadedAt) >= CertificateAge || _stamp != Stamp())
            {
                try
                {
                    _served = LoadCertificate();
                }
                catch (PicketException e)
                {
                    // Another verb is at work in the folder, or it can't be written: the next handshake tries again.
                    WebLog.CertificateOld(_log, e.Message);
                }
            }
            trustedPem = _trustedPem;
            return _served;
        }
    }

    private SslStreamCertificateContext LoadCertificate()
    {
        var stamp = Stamp();
        // A handshake may still use the previous one.
        _certificates.Add(ConsoleCertificate.Load(_folder, _time));
        using (var authorities = SiteAuthorities.Load(_folder, _time)) _trustedPem = authorities.TrustedPem;
        (_stamp, _loadedAt) = (stamp, _time.GetTimestamp());
        // Offline: no certificate is searched for elsewhere, on a line that leads nowhere.
        return SslStreamCertificateContext.Create(_certificates[^1], null, offline: true);
    }

    // 1601 for a file that is not there.
    private (DateTime Issuing, DateTime Outgoing) Stamp() =>
        (File.GetLastWriteTimeUtc(_folder.CaKey), File.GetLastWriteTimeUtc(_folder.OldCaKey));

    private bool IsGood(X509Certificate2 certificate, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None && _operators.Find(certificate) is not null) return true;
        if (_refused.Add() is not (> 0 and var count)) return false;
        WebLog.CertificateRefused(
            _log,
            count,
            PlainText.Of(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), 64),
            errors == SslPolicyErrors.None ? "nobody who is admitted now" : "not of this site, expired, or not for a client");
        return false;
    }

    /// <summary>Only the site's authorities are trusted, as their keys say now (a rotation changes them), nothing is fetched, and
    /// no session is resumed without a check of the certificate.</summary>
    private void Restrict(SslServerAuthenticationOptions options)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // the operator list decides, at each request
            DisableCertificateDownloads = true,
        };
        options.ServerCertificateContext = Served(out var trusted);
        trust.CustomTrustStore.ImportFromPem(trusted);
        options.CertificateChainPolicy = trust;
        options.AllowTlsResume = false;
        options.AllowRenegotiation = false;
    }
}
