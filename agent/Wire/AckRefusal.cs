using System.Security.Cryptography;

namespace Picket.Wire;

/// <summary>The center's word that it will never take a message: trying again is of no use, a person has to look.</summary>
/// <remarks>The message is named by its own bytes: what the center could not read has no id and no number, and an id in
/// another node's name is not this node's. A node matches it against what it sent, so it can free no other row.</remarks>
/// <param name="Digest">As <see cref="DigestOf"/>.</param>
/// <param name="Reason"><see cref="Identity"/>, <see cref="Bounds"/>, <see cref="Unreadable"/>, or what only a later build
/// knows.</param>
public sealed record AckRefusal(byte[] Digest, string Reason)
{
    /// <summary>It says that it is from another node than the one whose topic it came on.</summary>
    public const string Identity = "identity";

    /// <summary>It holds what can not be.</summary>
    public const string Bounds = "bounds";

    /// <summary>It is no message of the schema that it names, or of none.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Of the 32 of SHA-256: two messages of one node never meet in 128 bits.</summary>
    public const int DigestBytes = 16;

    internal bool IsSound => Digest.Length == DigestBytes && EventHeader.IsKindName(Reason);

    /// <summary>The first bytes of the SHA-256 of a message as it is before it is packed.</summary>
    public static byte[] DigestOf(ReadOnlySpan<byte> message) => SHA256.HashData(message)[..DigestBytes];

    /// <summary>Whether it is about this message.</summary>
    public bool Names(ReadOnlySpan<byte> digest) => digest.SequenceEqual(Digest);
}
