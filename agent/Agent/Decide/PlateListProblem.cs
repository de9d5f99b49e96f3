namespace Picket.Agent.Decide;

/// <summary>A line of a plate list that could not be used, or is doubtful. Never holds the plate: it gets into
/// logs.</summary>
internal readonly record struct PlateListProblem(string File, int Line, string Fault, bool IsLeftOut = true)
{
    public override string ToString() => $"{File}: line {Line}: {Fault}{(IsLeftOut ? "; the line is left out" : "")}";
}
