using Picket.Faults.Phases;

namespace Picket.Faults.Cases;

/// <summary>A kill -9 that was done.</summary>
/// <param name="Aim">What it was aimed at.</param>
/// <param name="Phases">In which phases it was, by the announcements.</param>
/// <param name="Recovery">From the start of what was killed until the center had acknowledged everything.</param>
internal sealed record Kill(string Case, int Seed, int Round, Aim Aim, IReadOnlyList<Phase> Phases, TimeSpan Recovery)
{
    public bool IsHit => Aim.Phase == Phase.Any || Phases.Contains(Aim.Phase);
}
