using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The join codes that were made, at most one a node, kept in <c>joincodes.json</c>.</summary>
internal sealed class JoinCodes
{
    /// <summary>A thousand guesses at 80 bits are nothing, and somebody who wants to spoil a code that is about to be used needs
    /// more than an hour and a half for them at ten a minute. A code's check sum already catches typing errors on the
    /// node.</summary>
    public const int MaxFailures = 1000;

    /// <summary>A used or expired code is kept for this long, so that whoever presents it learns why it fails.</summary>
    private static readonly TimeSpan KeepSpent = TimeSpan.FromDays(7);

    private readonly StateFolder _folder;
    private readonly Dictionary<string, JoinCodeEntry> _codes;

    private JoinCodes(StateFolder folder, IEnumerable<JoinCodeEntry> codes)
    {
        _folder = folder;
        _codes = codes.ToDictionary(code => code.Node, StringComparer.Ordinal);
    }

    /// <exception cref="PicketException">The file is damaged.</exception>
    public static JoinCodes Load(StateFolder folder)
    {
        if (!File.Exists(folder.JoinCodes)) return new JoinCodes(folder, []);
        try
        {
            var codes = JsonSerializer.Deserialize(
                File.ReadAllBytes(folder.JoinCodes), EnrollJson.Default.JoinCodeEntryArray) ?? [];
            if (codes.Any(code => code is null || code.Hash.Length != 2 * SHA256.HashSizeInBytes || !code.Hash.All(char.IsAsciiHexDigit)))
                throw new JsonException("a hash is none");
            return new JoinCodes(folder, codes);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new PicketException(
                $"join codes {folder.JoinCodes} are damaged ({e.Message.TrimEnd('.')}); remove the file and make new ones",
                inner: e);
        }
    }

    /// <summary>Keeps the hash of <paramref name="code"/>; an older code of the same node becomes invalid.</summary>
    public void Add(JoinCode code, TimeSpan life, DateTimeOffset now)
    {
        foreach (var spent in _codes.Values.Where(entry => entry.Expires + KeepSpent < now).ToArray())
            _codes.Remove(spent.Node);
        _codes[code.Node] = new JoinCodeEntry(
            code.Node, Convert.ToHexStringLower(Hash(code.Node, code.Secret)), now, now + life);
    }

    /// <summary>When the node's code was made, or null when it has none.</summary>
    public DateTimeOffset? MadeFor(string node) => _codes.GetValueOrDefault(node)?.Made;

    /// <summary>What <paramref name="secret"/> is worth for <paramref name="node"/>. A wrong one is counted;
    /// <see cref="Save"/> keeps the count.</summary>
    public JoinVerdict Check(string node, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        var entry = _codes.GetValueOrDefault(node);
        // An unknown node takes as long as a known one, so that nobody learns which names have a code.
        var kept = entry is null ? new byte[SHA256.HashSizeInBytes] : Convert.FromHexString(entry.Hash);
        var same = CryptographicOperations.FixedTimeEquals(kept, Hash(node, secret));
        if (entry is null) return JoinVerdict.Wrong;
        if (entry.Failures >= MaxFailures) return same ? JoinVerdict.TooManyAttempts : JoinVerdict.Wrong;
        if (!same)
        {
            _codes[node] = entry with { Failures = entry.Failures + 1 };
            return JoinVerdict.Wrong;
        }
        if (entry.Used is not null) return JoinVerdict.Used;
        return now >= entry.Expires ? JoinVerdict.Expired : JoinVerdict.Valid;
    }

    /// <summary>Withdraws the node's code. True when there was one.</summary>
    public bool Remove(string node) => _codes.Remove(node);

    /// <summary>Marks the node's code as used.</summary>
    public void Use(string node, DateTimeOffset now) => _codes[node] = _codes[node] with { Used = now };

    public void Save() => PrivateFiles.Write(
        _folder.JoinCodes,
        JsonSerializer.Serialize(_codes.Values.ToArray(), EnrollJson.Default.JoinCodeEntryArray) + "\n");

    private static byte[] Hash(string node, ReadOnlySpan<byte> secret) =>
        SHA256.HashData([.. Encoding.ASCII.GetBytes(node), 0, .. secret]);
}

/// <summary>A join code as the center keeps it: not the code, only its hash.</summary>
/// <param name="Hash">SHA-256 of the node's name, a zero byte and the secret; lower-case hexadecimal. The secret has 80
/// random bits, so that nothing slower is needed.</param>
/// <param name="Failures">How many wrong codes were tried for this node.</param>
internal sealed record JoinCodeEntry(
    string Node, string Hash, DateTimeOffset Made, DateTimeOffset Expires, int Failures = 0, DateTimeOffset? Used = null);

/// <summary>What a join code is worth.</summary>
internal enum JoinVerdict
{
    Valid,

    /// <summary>No such code, or another node's; the sender does not learn which.</summary>
    Wrong,

    Used,
    Expired,

    /// <summary>The code is right, but so many wrong ones were tried for this node that it is no longer
    /// valid.</summary>
    TooManyAttempts,
}
