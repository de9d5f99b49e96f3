namespace Picket.Agent.Link;

/// <summary>A file that was written to a stick.</summary>
internal sealed record SpoolWritten(string Path, int Events, int Crops, long Bytes);
