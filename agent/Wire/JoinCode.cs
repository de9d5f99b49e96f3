using System.Security.Cryptography;
using System.Text;

namespace Picket.Wire;

/// <summary>
/// The one-time code with which a machine joins a site: <c>NAME:XXXXX-XXXXX-...</c>, the node's name and 45 characters of
/// Crockford's base 32 (no I, L, O, U), which hold 128 bits of the site authority's SHA-256, an 80-bit secret and a
/// 16-bit check sum.
/// </summary>
/// <remarks>
/// The authority's part lets the node refuse a wrong server before it sends anything; 128 bits protect against a second
/// preimage, since an attacker can't choose the authority. 80 bits of secret can't be guessed within ten attempts. The
/// check sum finds a mistyped code before it costs an attempt.
/// </remarks>
public sealed class JoinCode
{
    public const int SecretBytes = 10;

    private const int AuthorityBytes = 16;
    private const int CheckBytes = 2;
    private const int Bytes = AuthorityBytes + SecretBytes + CheckBytes;

    /// <summary>28 bytes are 224 bits: 45 characters of 5 bits, the last bit 0.</summary>
    private const int Characters = ((Bytes * 8) + 4) / 5;

    /// <summary>A name of 63, the characters, and a separator behind each.</summary>
    private const int MaxText = 64 + (2 * Characters);

    private const int Group = 5;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // D. Crockford, "Base 32"

    private readonly byte[] _authority;
    private readonly byte[] _secret;

    private JoinCode(string node, byte[] authority, byte[] secret)
    {
        Node = node;
        _authority = authority;
        _secret = secret;
    }

    public string Node { get; }

    /// <summary>What the center keeps the hash of; ten bytes.</summary>
    public ReadOnlySpan<byte> Secret => _secret;

    /// <summary>A new code for <paramref name="node"/>.</summary>
    /// <param name="authority">The authority's certificate, DER.</param>
    public static JoinCode Create(string node, ReadOnlySpan<byte> authority) =>
        new(node, SHA256.HashData(authority)[..AuthorityBytes], RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>
    /// Reads a code as a person may have typed it: small letters, other or no separators, O for 0, I or L for 1. Null
    /// with the reason if it is not one; the reason does not repeat it.
    /// </summary>
    public static JoinCode? TryParse(string text, out string error)
    {
        error = "";
        var colon = text.LastIndexOf(':');
        if (text.Length > MaxText || colon < 0)
        {
            error = "a join code looks like gate-1:XXXXX-XXXXX-..., with nine groups";
            return null;
        }
        var node = text[..colon].Trim();
        if (!Topics.IsName(node))
        {
            error = "the join code has no node's name before its ':'";
            return null;
        }
        var bytes = Decode(text.AsSpan(colon + 1));
        if (bytes is null)
        {
            error = $"the join code must have {Characters} letters and digits after its ':'; copy it again";
            return null;
        }
        var code = new JoinCode(node, bytes[..AuthorityBytes], bytes[AuthorityBytes..^CheckBytes]);
        if (code.CheckSum().AsSpan().SequenceEqual(bytes.AsSpan(^CheckBytes..))) return code;
        error = "the join code is mistyped: its check sum is wrong; copy it again";
        return null;
    }

    /// <summary>True if <paramref name="certificate"/> (DER) is the authority for which the code was made.</summary>
    public bool IsOf(ReadOnlySpan<byte> certificate) =>
        SHA256.HashData(certificate).AsSpan(0, AuthorityBytes).SequenceEqual(_authority);

    /// <summary>The code as it is printed. It is a secret until it is used.</summary>
    public string Reveal()
    {
        var text = new StringBuilder(Node).Append(':');
        byte[] bytes = [.. _authority, .. _secret, .. CheckSum()];
        for (var i = 0; i < Characters; i++)
        {
            if (i > 0 && i % Group == 0) text.Append('-');
            text.Append(Alphabet[Five(bytes, i)]);
        }
        return text.ToString();
    }

    /// <summary>Without the secret, so that no log gets it by mistake.</summary>
    public override string ToString() => $"join code of {Node}";

    private byte[] CheckSum() =>
        SHA256.HashData([.. "picket join"u8, 0, .. Encoding.ASCII.GetBytes(Node), 0, .. _authority, .. _secret])[..CheckBytes];

    /// <summary>The five bits number <paramref name="index"/>, first bit of the first byte first.</summary>
    private static int Five(ReadOnlySpan<byte> bytes, int index)
    {
        var value = 0;
        for (var bit = index * 5; bit < (index * 5) + 5; bit++)
            value = (value << 1) | (bit < bytes.Length * 8 ? (bytes[bit / 8] >> (7 - (bit % 8))) & 1 : 0);
        return value;
    }

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Bytes];
        var count = 0;
        foreach (var c in text)
        {
            if (c is '-' or ' ') continue;
            var value = char.ToUpperInvariant(c) switch
            {
                'O' => 0,
                'I' or 'L' => 1,
                var other => Alphabet.IndexOf(other),
            };
            if (value < 0 || count == Characters) return null;
            for (var i = 0; i < 5; i++)
            {
                if (((value >> (4 - i)) & 1) == 0) continue;
                var bit = (count * 5) + i;
                if (bit >= Bytes * 8) return null;
                bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }
            count++;
        }
        return count == Characters ? bytes : null;
    }
}
