namespace Picket.Center.Store;

/// <summary>What makes an event of a later build one that can be kept and shown: its kind's name, and its whole text on
/// one line.</summary>
internal sealed record ForeignKind(string Name, string Json);
