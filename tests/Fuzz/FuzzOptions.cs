using System.Globalization;

namespace Picket.Tests.Fuzz;

/// <summary>From which seed, and how many inputs a parser: <c>make fuzz SEED=1 COUNT=100000</c>, or the two environment
/// variables.</summary>
/// <remarks>A fixed seed in <c>make test</c>: what fails there fails again. <c>make fuzz</c> takes another one each time and
/// prints it.</remarks>
internal static class FuzzOptions
{
    public static int Seed { get; } = Number("PICKET_FUZZ_SEED", 20_240_917);

    /// <summary>Mutated inputs a parser: all parsers together take well below a minute on one core.</summary>
    public static int Count { get; } = Number("PICKET_FUZZ_COUNT", 2_000);

    public static string Command { get; } = $"make fuzz SEED={Seed} COUNT={Count}";

    private static int Number(string variable, int fallback) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : fallback;
}
