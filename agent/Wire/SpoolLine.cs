namespace Picket.Wire;

/// <summary>One message in a <see cref="SpoolFile"/>.</summary>
/// <param name="Message">The JSON as it would travel; a slice of the file, not yet looked into: it is read like what
/// comes over the line.</param>
public readonly record struct SpoolLine(SpoolLineKind Kind, ReadOnlyMemory<byte> Message);
