namespace Picket.Agent.Recognize;

/// <summary>What a text's grammar is worth beside its likelihood, in nats; numbers of the reader's card.</summary>
/// <param name="NoFormat">Cost of a text that fits no format, and the most that any text costs.</param>
/// <param name="Weight">Share of a format's logarithmic weight that counts. Below 1, since the network has learned
/// frequencies of its own.</param>
/// <param name="RareLetter">Cost of each letter that the format does not normally use.</param>
/// <param name="Confusion">Factor on the packs' confusion costs.</param>
internal readonly record struct PlateCosts(float NoFormat, float Weight, float RareLetter, float Confusion);
