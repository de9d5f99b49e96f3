namespace Picket.Agent.Recognize;

/// <summary>How a text fits the active formats.</summary>
/// <param name="Format">The best one, or null when none takes the text.</param>
/// <param name="Prior">At most 0, in nats, to be added to the text's log-likelihood.</param>
/// <param name="BreakAt">Index of the character that begins a two-line plate's lower line in that format, or
/// -1.</param>
internal readonly record struct PlateFit(PlateFormat? Format, float Prior, int BreakAt);
