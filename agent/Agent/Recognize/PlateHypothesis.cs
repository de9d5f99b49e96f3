namespace Picket.Agent.Recognize;

/// <summary>One text that a plate may have.</summary>
/// <param name="Text">Upper-case A-Z0-9, no separators.</param>
/// <param name="Confidence">Estimated probability 0..1 that the text is right; all of a read's sum to at most
/// 1.</param>
internal readonly record struct PlateHypothesis(string Text, float Confidence);
