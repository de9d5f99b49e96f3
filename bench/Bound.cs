using System.Globalization;

namespace Picket.Bench;

/// <summary>A figure beside its bound, one line each: the command ends with these, and its exit code follows from them.</summary>
internal static class Bound
{
    /// <returns>0 when held, else 1.</returns>
    public static int AtMost(string figure, double seen, double bound) => Tell(figure, seen, "at most", bound, seen <= bound);

    /// <returns>0 when held, else 1.</returns>
    public static int AtLeast(string figure, double seen, double bound) => Tell(figure, seen, "at least", bound, seen >= bound);

    // A figure that is not a number meets no bound: both comparisons are false then.
    private static int Tell(string figure, double seen, string relation, double bound, bool isHeld)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bound: {figure}: {seen:0.####}, {relation} {bound:0.####}: {(isHeld ? "held" : "MISSED")}"));
        return isHeld ? 0 : 1;
    }
}
