using System.Security.Cryptography;
using System.Text;

namespace Picket.CameraSim;

/// <summary>
/// Asks one connection for a mount's credentials and checks the answer (Basic: RFC 7617; Digest with MD5, without qop:
/// RFC 2617 3.2.2).
/// </summary>
internal sealed class RtspAuthenticator
{
    private const string Realm = "camera";

    private readonly string _nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The value of WWW-Authenticate.</summary>
    public string Challenge(AuthenticationScheme scheme) => scheme switch
    {
        AuthenticationScheme.Basic => $"Basic realm=\"{Realm}\"",
        AuthenticationScheme.Digest => $"Digest realm=\"{Realm}\", nonce=\"{_nonce}\"",
        _ => throw new ArgumentOutOfRangeException(nameof(scheme)),
    };

    public bool IsAuthorized(CameraCredentials credentials, RtspRequest request)
    {
        if (request.Header("Authorization") is not { } given) return false;
        var prefix = credentials.Scheme + " ";
        if (!given.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        var answer = given[prefix.Length..].Trim();
        return credentials.Scheme == AuthenticationScheme.Basic
            ? IsEqual(
                answer, Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Password}")))
            : IsDigest(credentials, request.Method, answer);
    }

    private bool IsDigest(CameraCredentials credentials, string method, string answer)
    {
        if (Parameter(answer, "nonce") != _nonce || Parameter(answer, "username") != credentials.User) return false;
        var secret = Md5($"{credentials.User}:{Realm}:{credentials.Password}");
        var asked = Md5($"{method}:{Parameter(answer, "uri")}");
        return IsEqual(Parameter(answer, "response"), Md5($"{secret}:{_nonce}:{asked}"));
    }

    private static string Parameter(string answer, string name)
    {
        foreach (var part in answer.Split(','))
        {
            var equals = part.IndexOf('=');
            if (equals > 0 && part[..equals].Trim() == name) return part[(equals + 1)..].Trim().Trim('"');
        }
        return "";
    }

    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));

    private static bool IsEqual(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}

/// <summary>How a mount asks for its credentials (RFC 7617 and RFC 2617; RTSP 1.0 uses HTTP's schemes).</summary>
public enum AuthenticationScheme
{
    Basic,
    Digest,
}

/// <summary>What a client must know to use a mount.</summary>
public sealed record CameraCredentials(
    string User, string Password, AuthenticationScheme Scheme = AuthenticationScheme.Digest);
