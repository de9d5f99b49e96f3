namespace Picket.Agent.Imaging;

/// <summary>What an integer sum of weighted samples stands for: a sample value is <c>sum * Step + Zero</c>.</summary>
internal readonly record struct SampleScale(double Step, double Zero);
