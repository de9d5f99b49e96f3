namespace Picket.CameraSim;

/// <summary>The NAL units of one coded picture, without start codes.</summary>
/// <param name="Nals">Slices of the clip's bytes, in decoding order; at least one.</param>
/// <param name="IsKey">True when decoding can begin here (IDR, or IRAP in H.265).</param>
public sealed record AccessUnit(IReadOnlyList<ReadOnlyMemory<byte>> Nals, bool IsKey);
