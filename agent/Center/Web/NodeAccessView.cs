namespace Picket.Center.Web;

/// <summary>A node as an administrator sees it.</summary>
/// <param name="Online">As in <see cref="NodeView"/>.</param>
/// <param name="Serial">Of its certificate.</param>
/// <param name="Revoked">When it was shut out, or null.</param>
internal sealed record NodeAccessView(
    string Name, bool? Online, DateTimeOffset SignedAt, DateTimeOffset NotAfter, string Serial, DateTimeOffset? Revoked);
