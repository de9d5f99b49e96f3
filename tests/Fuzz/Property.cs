using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Picket.Tests.Fuzz;

/// <summary>Something that must hold for all values of a generator: FsCheck looks for one for which it does not, and makes
/// it as small as it can.</summary>
internal static class Property
{
    /// <param name="check">Throws when it does not hold.</param>
    /// <param name="costs">As <see cref="FuzzTarget.Costs"/>.</param>
    public static void Holds<T>(Gen<T> values, Action<T> check, int costs = 1)
    {
        var replay = new Replay(new Rnd((ulong)FuzzOptions.Seed), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure
            .WithMaxTest(Math.Max(1, FuzzOptions.Count / 10 / costs))
            .WithReplay(FSharpOption<Replay>.Some(replay))
            .WithName($"seed {FuzzOptions.Seed}; again with: {FuzzOptions.Command}");
        Check.One(config, Prop.ForAll(values.ToArbitrary(), check));
    }
}
