using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Center.Enroll;

/// <summary>The enrollment port's certificate, and the clients it accepts: made from the authorities, and again when a rotation
/// changes them. The key is only in this process's memory.</summary>
internal sealed class EnrollmentIdentity(StateFolder folder, TimeProvider time) : IDisposable
{
    /// <summary>A certificate of this age is replaced; far below its life of <see cref="SiteAuthority.LeafDays"/>.</summary>
    private static readonly TimeSpan RenewAfter = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private readonly List<X509Certificate2> _replaced = [];
    private SiteAuthorities? _authorities;
    private X509Certificate2? _server;
    private (DateTime Issuing, DateTime Outgoing) _stamp;
    private long _made;

    /// <summary>The port's certificate with its key, owned by this.</summary>
    public X509Certificate2 Server
    {
        get
        {
            lock (_gate)
            {
                Refresh();
                return _server!;
            }
        }
    }

    /// <summary>True for a client certificate of this site, whatever its dates say.</summary>
    public bool IsOurs(X509Certificate2 certificate)
    {
        lock (_gate)
        {
            Refresh();
            return _authorities!.SignerOf(certificate) is not null;
        }
    }

    public void Dispose()
    {
        foreach (var certificate in _replaced) certificate.Dispose();
        _server?.Dispose();
        _authorities?.Dispose();
    }

    private void Refresh()
    {
        // 1601 for a file that is not there.
        var stamp = (File.GetLastWriteTimeUtc(folder.CaKey), File.GetLastWriteTimeUtc(folder.OldCaKey));
        // Its dates too: it may have been made while the clock was years behind.
        if (_server is not null && stamp == _stamp && time.GetElapsedTime(_made) < RenewAfter
            && !_authorities!.ForServers.IsDue(_server)) return;
        var authorities = SiteAuthorities.Load(folder, time);
        var server = Make(authorities.ForServers);
        // A handshake may still use the old one.
        if (_server is not null) _replaced.Add(_server);
        _authorities?.Dispose();
        (_authorities, _server, _stamp, _made) = (authorities, server, stamp, time.GetTimestamp());
    }

    private static X509Certificate2 Make(SiteAuthority authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.IssueEnrollment(new PublicKey(key));
        return certificate.CopyWithPrivateKey(key);
    }
}
