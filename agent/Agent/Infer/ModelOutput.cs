namespace Picket.Agent.Infer;

/// <summary>One output tensor of 32-bit floats.</summary>
internal sealed record ModelOutput(string Name, long[] Shape);
