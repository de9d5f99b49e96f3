namespace Picket.Wire;

/// <summary>The node declares that events were lost: nothing else makes a hole a gap.</summary>
public sealed record NodeGapBody(Guid Epoch, long FirstSeq, long LastSeq, long Count, string Reason);
