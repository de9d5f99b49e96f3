namespace Picket.Center.Enroll;

/// <summary>A person who may use the console. The role stands here and nowhere else: not in the certificate, which outlives
/// a change of duty.</summary>
/// <param name="Name">Without the prefix that the certificate's CN has.</param>
/// <param name="Serial">As in <see cref="NodeEntry"/>.</param>
/// <param name="Sha256">As in <see cref="NodeEntry"/>. No other certificate of this name is accepted.</param>
internal sealed record OperatorEntry(
    string Name, OperatorRole Role, string Serial, string Sha256, DateTimeOffset SignedAt, DateTimeOffset NotAfter)
{
    /// <summary>Before an operator's name in his certificate's CN; no node's name begins so.</summary>
    public const string Prefix = "op-";

    /// <summary>The person's name, given with or without the prefix that the log and the certificate show.</summary>
    public static string NameOf(string text) => text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;

    /// <summary>The fingerprint of the authority that signed the certificate, lower-case hexadecimal.</summary>
    public string? Authority { get; init; }

    /// <summary>When the person was shut out; null while he may use the console.</summary>
    public DateTimeOffset? Revoked { get; init; }
}
