namespace Picket.Center.Enroll;

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
