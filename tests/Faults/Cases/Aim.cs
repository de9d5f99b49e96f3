using Picket.Faults.Phases;
using Picket.Faults.Site;

namespace Picket.Faults.Cases;

/// <summary>Which part is to be killed when: at the n-th announcement that opens a phase, and a little later.</summary>
/// <param name="Occurrence">1 for the first one of the round.</param>
/// <param name="Delay">After the announcement.</param>
/// <param name="DownFor">Until the part is started again.</param>
internal sealed record Aim(Part Part, Phase Phase, int Occurrence, TimeSpan Delay, TimeSpan DownFor)
{
    /// <summary>The same seed and round give the same aim.</summary>
    public static Aim Throw(Part part, Phase phase, int seed, int round)
    {
        var dice = new Random((seed * 1_000_003) + (round * 7919) + ((int)part * 101) + (int)phase);
        // A commit takes 1 to 8 ms on this project's disks, an answer of the broker below one.
        var (occurrences, microseconds) = phase switch
        {
            Phase.Commit => (8, 2500),
            Phase.Publish => (30, 400),
            Phase.CenterCommit => (5, 2500),
            Phase.Ack when part == Part.Node => (6, 2500),
            Phase.Ack => (5, 500),
            _ => (40, 20_000),
        };
        return new Aim(
            part, phase, dice.Next(1, occurrences + 1), TimeSpan.FromMicroseconds(dice.Next(microseconds)),
            TimeSpan.FromMilliseconds(dice.Next(400)));
    }
}
