namespace Picket.Agent.Infer;

/// <summary>A measured figure: on what, by which command, when.</summary>
internal sealed record ModelAccuracy(string On, string Figure, string Command, DateOnly Date);
