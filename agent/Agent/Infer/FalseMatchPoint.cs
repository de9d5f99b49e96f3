namespace Picket.Agent.Infer;

/// <summary>Two strangers' embeddings reach <paramref name="Cosine"/> with probability <paramref name="Rate"/> per
/// comparison.</summary>
internal readonly record struct FalseMatchPoint(double Rate, double Cosine);
