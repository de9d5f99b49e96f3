using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Picket.Wire;

/// <summary>Messages in a file that is carried by hand where there is no line: events and crops from a node, or the
/// center's acks back. Lines of JSON: a header, the messages, and a seal that signs everything before it.</summary>
/// <remarks>These are outside bytes: everything is bounded, and a file is either refused as a whole or is what one signer
/// wrote. Who that is, and whether the site's authority knows them, is answered by <see cref="Signer"/> and
/// <see cref="IsSignedUnder"/>. <see cref="SpoolWriter"/> writes one.</remarks>
public sealed class SpoolFile : IDisposable
{
    public const string EventsExtension = ".picket";

    public const string AcksExtension = ".acks";

    /// <summary>The common name under which the center signs; no node ever gets it.</summary>
    public const string CenterSigner = "center";

    /// <summary>A file is read into memory as a whole; 16 MB are 20,000 events, and a stick of any age takes a hundred
    /// of them.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>What stands around a message: the line's frame (70 bytes) or, at the end, the seal with a certificate of
    /// 1 to 2 kB.</summary>
    public const int FrameBytes = 8 * 1024;

    /// <summary>A message of the largest size in its frame.</summary>
    public const int MaxLineBytes = WireJson.MaxMessageBytes + FrameBytes;

    /// <summary>No event has fewer than 160 bytes.</summary>
    public const int MaxLines = 100_000;

    private const int MaxDepth = 10;

    private const int P256Bits = 256;

    private SpoolFile(SpoolHeader header, IReadOnlyList<SpoolLine> lines, X509Certificate2 certificate, string signer)
    {
        Header = header;
        Lines = lines;
        Certificate = certificate;
        Signer = signer;
    }

    public SpoolHeader Header { get; }

    public IReadOnlyList<SpoolLine> Lines { get; }

    /// <summary>Who signed. Trusted only under <see cref="IsSignedUnder"/>.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The common name of <see cref="Certificate"/>, its only name.</summary>
    public string Signer { get; }

    /// <summary>Reads a file; null with the reason if it is too large. Anything that is not a file is an
    /// <see cref="IOException"/>: it was carried here by hand, and nobody knows whose.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static SpoolFile? TryOpen(string path, out string error)
    {
        using var file = ForeignFile.OpenRead(path, followLink: false);
        if (file.Length > MaxBytes)
        {
            error = $"{file.Length} bytes, at most {MaxBytes} are allowed";
            return null;
        }
        // What grows meanwhile is not read; it would not be signed.
        var content = new byte[file.Length];
        var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return TryRead(content.AsMemory(0, length), out error);
    }

    /// <summary>Reads a whole file; null with the reason if it is not such a file, was changed since it was signed, or is
    /// out of bounds. The caller disposes it; it keeps <paramref name="content"/>.</summary>
    public static SpoolFile? TryRead(ReadOnlyMemory<byte> content, out string error)
    {
        if (content.Length > MaxBytes)
        {
            error = $"{content.Length} bytes, at most {MaxBytes} are allowed";
            return null;
        }
        var lines = Split(content, out error);
        if (lines is null) return null;
        var header = TryParse(lines[0].Span, WireJsonContext.Default.SpoolHeader);
        error = Fault(header) ?? "";
        if (error.Length > 0) return null;
        if (TryParse(lines[^1].Span, WireJsonContext.Default.SpoolSeal) is not { } seal)
        {
            error = "the last line is no seal: the file was cut, or never finished";
            return null;
        }
        var signed = content[..(content.Length - lines[^1].Length - 1)];
        var certificate = Verify(signed.Span, seal, out var signer, out error);
        if (certificate is null) return null;
        var messages = new List<SpoolLine>(lines.Count - 2);
        for (var i = 1; i < lines.Count - 1; i++)
        {
            if (TryReadLine(lines[i]) is { } line)
            {
                messages.Add(line);
                continue;
            }
            certificate.Dispose();
            error = $"line {i + 1} is no event, crop or ack";
            return null;
        }
        return new SpoolFile(header!, messages, certificate, signer);
    }

    /// <summary>Whether one of <paramref name="authorities"/> certified the signer. Times are not checked: what a
    /// node saw while its certificate was valid, or with a wrong clock, counts all the same.</summary>
    /// <remarks>One authority at a time: the old and the new one of a rotation have the same name, and chain building
    /// may pick the wrong one.</remarks>
    public bool IsSignedUnder(X509Certificate2Collection authorities) => authorities.Any(IsSignedUnder);

    public void Dispose() => Certificate.Dispose();

    private bool IsSignedUnder(X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        // A stranger's certificate may name any address to fetch its issuer from.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        try
        {
            return chain.Build(Certificate);
        }
        catch (CryptographicException)
        {
            // It can't be checked, so it is refused like any other.
            return false;
        }
    }

    /// <summary>The lines without their ends; null when there are too many, one is too long, or the last one has no
    /// end.</summary>
    private static List<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> content, out string error)
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        var rest = content;
        while (rest.Length > 0)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            if (end < 0 || end > MaxLineBytes || lines.Count >= MaxLines + 2)
            {
                error = end < 0
                    ? "the last line has no end: the file was cut"
                    : $"a line of {end} bytes after {lines.Count} others: at most {MaxLines + 2} of {MaxLineBytes} are allowed";
                return null;
            }
            lines.Add(rest[..end]);
            rest = rest[(end + 1)..];
        }
        error = lines.Count < 2 ? "no header and no seal: the file was cut, or is something else" : "";
        return error.Length == 0 ? lines : null;
    }

    private static string? Fault(SpoolHeader? header)
    {
        if (header is null) return "the first line is no header: this is something else";
        if (header.V is < 1 or > EventEnvelope.SchemaVersion)
            return $"schema version {header.V}; this build reads up to {EventEnvelope.SchemaVersion}";
        if (!Topics.IsName(header.Node)) return "the header names no node";
        return header.Number < 1 ? "the header's number is below 1" : null;
    }

    private static X509Certificate2? Verify(ReadOnlySpan<byte> signed, SpoolSeal seal, out string signer, out string error)
    {
        (signer, error) = ("", "");
        var hash = SHA256.HashData(signed);
        if (seal.Sha256 != Convert.ToHexStringLower(hash))
        {
            error = "it was changed since it was signed, or cut";
            return null;
        }
        X509Certificate2? certificate = null;
        try
        {
            certificate = X509Certificate2.CreateFromPem(seal.Certificate);
            using var key = certificate.GetECDsaPublicKey();
            if (key is not { KeySize: P256Bits }) error = "the signer's certificate has no P-256 key";
            else if (!key.VerifyHash(hash, seal.Signature, DSASignatureFormat.Rfc3279DerSequence))
                error = "the signature is not the signer's";
            else if (CommonName(certificate.SubjectName) is { } name) signer = name;
            else error = "the signer's certificate has no common name, or more than that";
        }
        // The last one is how .NET reports that it does not know the key's algorithm, or OpenSSL its curve.
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            error = "the signer's certificate can't be read";
        }
        if (error.Length == 0) return certificate;
        certificate?.Dispose();
        return null;
    }

    private static string? CommonName(X500DistinguishedName subject)
    {
        const string commonName = "2.5.4.3";
        var parts = subject.EnumerateRelativeDistinguishedNames().Take(2).ToArray();
        return parts is [{ HasMultipleElements: false } only] && only.GetSingleElementType().Value == commonName
            ? only.GetSingleElementValue()
            : null;
    }

    /// <summary>The first field says what the line carries, and is cut out as it is; later fields are for people who look
    /// at the file.</summary>
    private static SpoolLine? TryReadLine(ReadOnlyMemory<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName) return null;
            SpoolLineKind kind;
            if (reader.ValueTextEquals("event"u8)) kind = SpoolLineKind.Event;
            else if (reader.ValueTextEquals("crop"u8)) kind = SpoolLineKind.Crop;
            else if (reader.ValueTextEquals("ack"u8)) kind = SpoolLineKind.Ack;
            else return null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var message = line[start..(int)reader.BytesConsumed];
            while (reader.Read())
            {
            }
            return message.Length <= WireJson.MaxMessageBytes ? new SpoolLine(kind, message) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static T? TryParse<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type)
        where T : class
    {
        if (line.Length > FrameBytes) return null;
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The first line of a <see cref="SpoolFile"/>.</summary>
/// <param name="Node">Whose events, or acks of whose events, the file carries.</param>
/// <param name="Epoch">Of the node's outbox when it wrote the events; an ack file repeats it.</param>
/// <param name="Number">Counts the node's files; an ack file repeats it.</param>
public sealed record SpoolHeader(int V, string Node, Guid Epoch, long Number, DateTimeOffset Created)
{
    /// <summary>The name of the file that carries events, without a folder.</summary>
    [JsonIgnore]
    public string EventsFile => $"{Node}-{Epoch:D}-{Number}{SpoolFile.EventsExtension}";

    /// <summary>The name of the file that carries the acks of <see cref="EventsFile"/>.</summary>
    [JsonIgnore]
    public string AcksFile => $"{Node}-{Epoch:D}-{Number}{SpoolFile.AcksExtension}";
}

/// <summary>One message in a <see cref="SpoolFile"/>.</summary>
/// <param name="Message">The JSON as it would travel; a slice of the file, not yet parsed: it is read like what
/// comes over the line.</param>
public readonly record struct SpoolLine(SpoolLineKind Kind, ReadOnlyMemory<byte> Message);

/// <summary>What a line of a <see cref="SpoolFile"/> between the first and the last carries.</summary>
public enum SpoolLineKind
{
    /// <summary>An event, as on <c>.../event</c>.</summary>
    Event,

    /// <summary>A chunk of a crop, as on <c>.../crop</c>.</summary>
    Crop,

    /// <summary>An ack, as on <c>.../ack</c>.</summary>
    Ack,
}

/// <summary>The last line of a <see cref="SpoolFile"/>.</summary>
/// <param name="Sha256">Of all bytes before this line, in lower-case hexadecimal.</param>
/// <param name="Signature">ECDSA P-256 over that hash, DER (RFC 3279): what <c>openssl dgst -sha256 -verify</c>
/// takes.</param>
/// <param name="Certificate">The signer's, PEM.</param>
public sealed record SpoolSeal(string Sha256, byte[] Signature, string Certificate);
