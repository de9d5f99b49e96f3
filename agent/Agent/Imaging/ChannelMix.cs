namespace Picket.Agent.Imaging;

/// <summary>One output channel of sums of Y, U and V: <c>clamp(y*Luma + (u*Blue + (v*Red + Bias)), Low,
/// High)</c>.</summary>
internal readonly record struct ChannelMix(float Luma, float Blue, float Red, float Bias, float Low, float High);
