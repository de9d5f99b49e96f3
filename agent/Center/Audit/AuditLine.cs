using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Picket.Center.Audit;

/// <summary>
/// One line of the audit log: a JSON object that holds the hash of the line before and ends with its own. The own hash is
/// SHA-256 over the line's bytes up to <c>,"hash":</c>, so that <c>sha256sum</c> can check it without parsing.
/// </summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Previous">The hash of the line before, 64 lower-case hexadecimal digits; zeros in the first.</param>
/// <param name="Hash">The hash of this line.</param>
internal sealed record AuditLine(long Number, DateTimeOffset At, AuditEntry Entry, string Previous, string Hash)
{
    /// <summary>The previous hash of the first line.</summary>
    public static readonly string Nothing = new('0', HashDigits);

    /// <summary>Five fields of at most <see cref="MaxField"/> characters, at worst six times as long when escaped, and the
    /// hashes.</summary>
    public const int MaxBytes = 8 * 1024;

    /// <summary>Longer text is cut: an id has 36 characters, a name 63, an IPv6 address 45.</summary>
    public const int MaxField = 200;

    private const int HashDigits = 64;
    private const string BeforeHash = ",\"hash\":\"";
    private const string AfterHash = "\"}";

    /// <summary>The text of a line, without its line break, and its hash.</summary>
    public static (string Text, string Hash) Write(long number, DateTimeOffset at, AuditEntry entry, string previous)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("n", number);
            json.WriteString("at", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("who", Cut(entry.Who));
            if (entry.From is not null) json.WriteString("from", Cut(entry.From));
            json.WriteString("did", Cut(entry.Did));
            json.WriteString("what", Cut(entry.What));
            json.WriteString("prev", previous);
            json.WriteEndObject();
        }
        var body = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length - 1); // without its brace
        var hash = HashOf(Encoding.UTF8.GetBytes(body));
        return (body + BeforeHash + hash + AfterHash, hash);
    }

    /// <summary>Reads a line without its line break; null with the reason if it is not a line or its hash is wrong.</summary>
    public static AuditLine? Read(ReadOnlySpan<byte> line, out string error)
    {
        var end = BeforeHash.Length + HashDigits + AfterHash.Length;
        error = "is no line of this log";
        if (line.Length <= end || line.Length > MaxBytes) return null;
        var tail = Encoding.UTF8.GetString(line[^end..]);
        if (!tail.StartsWith(BeforeHash, StringComparison.Ordinal) || !tail.EndsWith(AfterHash, StringComparison.Ordinal))
            return null;
        var hash = tail.Substring(BeforeHash.Length, HashDigits);
        var body = line[..^end];
        if (HashOf(body) != hash)
        {
            error = "was changed: its hash is not that of its text";
            return null;
        }
        try
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetString(line));
            var root = json.RootElement;
            string? Text(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
            var entry = new AuditEntry(Text("who") ?? "", Text("from"), Text("did") ?? "", Text("what") ?? "");
            var read = new AuditLine(
                root.GetProperty("n").GetInt64(), root.GetProperty("at").GetDateTimeOffset(), entry, Text("prev") ?? "", hash);
            error = "";
            return read;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string HashOf(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));

    private static string Cut(string text) => text.Length <= MaxField ? text : text[..MaxField];
}
