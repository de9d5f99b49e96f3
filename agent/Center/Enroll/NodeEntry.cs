using System.Text.Json.Serialization;

namespace Picket.Center.Enroll;

/// <summary>A node that has a certificate of this site.</summary>
/// <param name="Serial">The certificate's serial number, hexadecimal, as `openssl x509 -serial` prints it.</param>
/// <param name="Sha256">The certificate's fingerprint, lower-case hexadecimal.</param>
internal sealed record NodeEntry(
    string Name, string Serial, string Sha256, DateTimeOffset SignedAt, DateTimeOffset NotAfter)
{
    /// <summary>The fingerprint of the authority that signed the certificate, lower-case hexadecimal; null in a list
    /// from before authorities were rotated.</summary>
    public string? Authority { get; init; }

    /// <summary>When the node was first seen to use this certificate; null while the answer may be lost.</summary>
    public DateTimeOffset? Confirmed { get; init; }

    /// <summary>When the node was shut out; null while it may connect.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>True from the start of a revocation until the node is known to be out; null otherwise. It may still be
    /// connected.</summary>
    public bool? Leaving { get; init; }

    /// <summary>When the node was known to be out; also null while it is <see cref="Leaving"/>.</summary>
    [JsonIgnore]
    public DateTimeOffset? OutSince => Leaving is true ? null : Revoked;

    /// <summary>The certificates that it had before and that have not expired; null when there are none.</summary>
    public FormerCertificate[]? Former { get; init; }

    /// <summary>
    /// True if the certificate with this serial may ask for the next one: the present one or, while that one was never seen in
    /// use, an earlier one, back to the last that was. A copy of a key from before that is worth nothing here.
    /// </summary>
    public bool MayRenewWith(string serial)
    {
        if (Revoked is not null) return false;
        if (serial == Serial) return true;
        if (Confirmed is not null) return false;
        foreach (var former in (Former ?? []).Reverse())
        {
            if (former.Serial == serial) return former.Revoked is null;
            if (former.Confirmed is not null) return false;
        }
        return false;
    }
}

/// <summary>A certificate that a node had before its present one; it can be on a revocation list.</summary>
/// <param name="Serial">As in <see cref="NodeEntry"/>.</param>
/// <param name="Sha256">As in <see cref="NodeEntry"/>.</param>
/// <param name="Authority">As in <see cref="NodeEntry.Authority"/>.</param>
/// <param name="Revoked">When it was revoked; null while it is only superseded.</param>
/// <param name="Confirmed">As in <see cref="NodeEntry.Confirmed"/>.</param>
internal sealed record FormerCertificate(
    string Serial,
    string Sha256,
    DateTimeOffset NotAfter,
    string? Authority = null,
    DateTimeOffset? Revoked = null,
    DateTimeOffset? Confirmed = null);
