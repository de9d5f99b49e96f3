using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Picket.Wire;

/// <summary>Reads and writes what travels over the enrollment port (HTTPS), within bounds; the readers return null with
/// the reason, like those of <see cref="WireJson"/>.</summary>
public static class EnrollmentJson
{
    public const string JoinPath = "/v1/join";
    public const string RenewPath = "/v1/renew";

    /// <summary>The largest certificate request in JSON is 1 kB.</summary>
    public const int MaxRequestBytes = 16 * 1024;

    /// <summary>A certificate and two authorities are 3 kB.</summary>
    public const int MaxAnswerBytes = 64 * 1024;

    private const int Version = 1;
    private const int Sha256Characters = 64;

    public static byte[] Write(JoinRequest message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.JoinRequest);

    public static byte[] Write(RenewRequest message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.RenewRequest);

    public static byte[] Write(EnrollmentAnswer message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.EnrollmentAnswer);

    public static JoinRequest? TryReadJoin(ReadOnlySpan<byte> utf8, out string error)
    {
        var request = TryRead(utf8, MaxRequestBytes, WireJsonContext.Default.JoinRequest, r => r.V, out error);
        if (request is null || IsHex(request.Secret, 2 * JoinCode.SecretBytes)) return request;
        error = "the secret is not ten bytes in hexadecimal";
        return null;
    }

    public static RenewRequest? TryReadRenew(ReadOnlySpan<byte> utf8, out string error)
    {
        var request = TryRead(utf8, MaxRequestBytes, WireJsonContext.Default.RenewRequest, r => r.V, out error);
        if (request is null) return null;
        if (request.Roots.Length is >= 1 and <= RenewRequest.MaxRoots
            && request.Roots.All(root => root is not null && IsHex(root, Sha256Characters)))
            return request;
        error = $"the roots are not 1 to {RenewRequest.MaxRoots} fingerprints";
        return null;
    }

    public static EnrollmentAnswer? TryReadAnswer(ReadOnlySpan<byte> utf8, out string error) =>
        TryRead(utf8, MaxAnswerBytes, WireJsonContext.Default.EnrollmentAnswer, a => a.V, out error);

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigit);

    private static T? TryRead<T>(
        ReadOnlySpan<byte> utf8, int maxBytes, JsonTypeInfo<T> type, Func<T, int> version, out string error)
        where T : class
    {
        error = "";
        if (utf8.Length > maxBytes)
        {
            error = $"{utf8.Length} bytes, at most {maxBytes} are allowed";
            return null;
        }
        try
        {
            var value = JsonSerializer.Deserialize(utf8, type);
            if (value is null) error = "it is null";
            else if (version(value) != Version) error = $"version {version(value)}; this build speaks {Version}";
            else return value;
        }
        catch (JsonException e)
        {
            error = $"malformed at byte {e.BytePositionInLine}: {PlainText.Of(e.Path, WireJson.MaxPathLength)}";
        }
        return null;
    }
}

/// <summary>What a machine sends to <c>/v1/join</c>, once it knows that the server is the code's.</summary>
/// <param name="Secret">The code's ten bytes, hexadecimal.</param>
/// <param name="Csr">PKCS#10 in PEM; its CN is the node's name.</param>
public sealed record JoinRequest(int V, string Secret, string Csr);

/// <summary>What a node sends to <c>/v1/renew</c>, with its present certificate as TLS client.</summary>
/// <param name="Roots">SHA-256 of the authorities that it trusts, lower-case hexadecimal.</param>
/// <param name="Csr">PKCS#10 in PEM for the next certificate; null to ask whether one is due.</param>
public sealed record RenewRequest(int V, string[] Roots, string? Csr = null)
{
    /// <summary>Two during a rotation; a node of ours never has more.</summary>
    public const int MaxRoots = 8;
}

/// <summary>What the enrollment port answers to every request.</summary>
/// <param name="Due">With <c>/v1/renew</c>: a new certificate is due, ask again with a request for it.</param>
/// <param name="Bundle">The node's certificate followed by every authority that it is to trust from now on, in PEM; null
/// when nothing changes.</param>
/// <param name="Error">Why it was refused and what to do, in one line; null when it was not.</param>
public sealed record EnrollmentAnswer(int V, bool Due = false, string? Bundle = null, string? Error = null);
