namespace Picket.Agent.Decide;

/// <summary>A line of a plate list that could not be used. Never holds the plate: it gets into logs.</summary>
internal readonly record struct PlateListProblem(string File, int Line, string Fault)
{
    public override string ToString() => $"{File}: line {Line}: {Fault}; the line is left out";
}
