using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Talks to the center's enrollment port: TLS 1.3, and only to a server whose certificate the site's authority
/// signed for that purpose.</summary>
internal sealed class EnrollmentClient : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280, 4.2.1.12

    /// <summary>A handshake, a request of 1 kB and an answer of 3 kB take 3 s on a 32 kbit/s line that also carries
    /// events.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    /// <summary>As the link's: 5,000 nodes at once need 13 s of handshakes.</summary>
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly JoinCode? _code;
    private readonly X509Certificate2Collection _roots = [];
    private readonly X509Certificate2? _certificate;
    private readonly TimeProvider _time;
    private string? _fault;

    private EnrollmentClient(Uri url, JoinCode? code, NodeIdentity? identity, TimeProvider time)
    {
        _url = url;
        _code = code;
        _time = time;
        var tls = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate as X509Certificate2),
        };
        if (identity is not null)
        {
            _roots.ImportFromPemFile(identity.CaFile);
            _certificate = X509Certificate2.CreateFromPemFile(identity.CertificateFile, identity.KeyFile);
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true);
        }
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                SslOptions = tls,
                UseProxy = false, // the line is isolated; a proxy of the environment has no business here
                UseCookies = false,
                AllowAutoRedirect = false,
                ConnectTimeout = ConnectWithin,
            })
        {
            Timeout = AnswerWithin,
            MaxResponseContentBufferSize = EnrollmentJson.MaxAnswerBytes,
        };
    }

    /// <summary>How far this machine's clock was behind the center's at the last answer; null before one.</summary>
    public TimeSpan? ClockBehind { get; private set; }

    /// <summary>The fingerprints of the authorities that this node trusts.</summary>
    public string[] Roots => [.. _roots.Select(root => Convert.ToHexStringLower(SHA256.HashData(root.RawData)))];

    /// <summary>For a machine with a code: it talks to the center that made the code and to nobody else.</summary>
    public static EnrollmentClient ForCode(Uri url, JoinCode code, TimeProvider time) => new(url, code, null, time);

    /// <summary>For a node, with its certificate.</summary>
    /// <exception cref="CryptographicException">Its files are damaged.</exception>
    public static EnrollmentClient ForNode(Uri url, NodeIdentity identity, TimeProvider time) =>
        new(url, null, identity, time);

    /// <summary>An address such as <c>https://center.line:8884</c>, or null if it is not one.</summary>
    public static Uri? ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0 && url.AbsolutePath == "/" && url.Query.Length == 0
            // A host that the class writes differently from what was given is ambiguous (010.020.000.001).
            && HostText.Fault(url.DnsSafeHost) is null && text.Contains(url.Host, StringComparison.OrdinalIgnoreCase)
            ? url
            : null;

    public bool IsKnownRoot(X509Certificate2 authority) =>
        _code?.IsOf(authority.RawData) ?? _roots.Any(root => root.RawData.AsSpan().SequenceEqual(authority.RawData));

    public Task<EnrollmentAnswer> JoinAsync(string csr, CancellationToken cancel) => PostAsync(
        EnrollmentJson.JoinPath,
        EnrollmentJson.Write(new JoinRequest(1, Convert.ToHexStringLower(_code!.Secret), csr)),
        cancel);

    public Task<EnrollmentAnswer> RenewAsync(string? csr, CancellationToken cancel) => PostAsync(
        EnrollmentJson.RenewPath, EnrollmentJson.Write(new RenewRequest(1, Roots, csr)), cancel);

    public void Dispose()
    {
        _http.Dispose();
        _certificate?.Dispose();
        foreach (var root in _roots) root.Dispose();
    }

    /// <exception cref="LinkException">Not now: no line, no answer, too many requests.</exception>
    /// <exception cref="PicketException">Never: the server is a stranger, or the center refuses.</exception>
    private async Task<EnrollmentAnswer> PostAsync(string path, byte[] body, CancellationToken cancel)
    {
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using var response = await _http.PostAsync(new Uri(_url, path), content, cancel);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
            if (response.Headers.Date is { } date) ClockBehind = date - _time.GetUtcNow();
            var answer = EnrollmentJson.TryReadAnswer(bytes, out var error);
            if (response.StatusCode == HttpStatusCode.OK && answer is not null) return answer;
            var words = PlainText.Of(answer?.Error ?? $"an answer that can't be read ({error})", 600);
            if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.RequestEntityTooLarge)
                throw new PicketException($"{_url.Authority}: refused by the center: {words}");
            throw new LinkException($"{_url.Authority}: {(int)response.StatusCode}: {words}");
        }
        catch (HttpRequestException e) when (_fault is not null)
        {
            throw new PicketException($"{_url.Authority}: {_fault}; nothing was sent", inner: e);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw new LinkException(
                $"{_url.Authority}: what answers there does not speak TLS as the center's enrollment port does (8884): "
                    + PlainText.Of(Innermost(e).Message),
                e);
        }
        catch (HttpRequestException e)
        {
            throw new LinkException($"{_url.Authority}: {Innermost(e).Message}", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new LinkException($"{_url.Authority}: no answer within {AnswerWithin.TotalSeconds:0} s", e);
        }
    }

    private bool Accepts(X509Certificate2? server)
    {
        _fault = FaultOf(server);
        return _fault is null;
    }

    /// <summary>Why this is not the right server, or null.</summary>
    private string? FaultOf(X509Certificate2? server)
    {
        if (server is null) return "the server has no certificate";
        if (CertificateBundle.NameOf(server.SubjectName) != EnrollmentTls.ServerName)
            return "this is no enrollment port; check the address";
        using var pinned = _code is null ? null : Authority(server);
        if (_code is not null && (pinned is null || !_code.IsOf(pinned.RawData)))
            return $"this is not the center that made the code of {_code.Node}; check the address, or get a new code";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        if (pinned is not null) chain.ChainPolicy.CustomTrustStore.Add(pinned);
        else chain.ChainPolicy.CustomTrustStore.AddRange(_roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // its key lives as long as the center's process
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (chain.Build(server)) return null;
        var statuses = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        return statuses == X509ChainStatusFlags.NotTimeValid
            ? $"the center's certificate is not valid at this machine's time, {_time.GetUtcNow():yyyy-MM-dd}; set the clock"
            : $"this is not the center of this site ({statuses}); check the address";
    }

    /// <summary>The authority that the server's certificate carries, or null.</summary>
    private static X509Certificate2? Authority(X509Certificate2 server)
    {
        if (server.Extensions[EnrollmentTls.AuthorityExtension] is not { } extension) return null;
        try
        {
            var der = AsnDecoder.ReadOctetString(extension.RawData, AsnEncodingRules.DER, out _);
            return X509CertificateLoader.LoadCertificate(der);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return null;
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
