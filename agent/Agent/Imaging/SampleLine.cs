namespace Picket.Agent.Imaging;

/// <summary>Where output column 0 samples a plane, in sample indices, and how far each further column lies from
/// it.</summary>
internal readonly record struct SampleLine(float X, float StepX, float Y, float StepY);
