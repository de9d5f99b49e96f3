using System.Globalization;

namespace Picket.Agent.Cli.Demo;

/// <summary>A cable pulled on purpose: which part, when, for how long.</summary>
/// <param name="At">Since the node was started.</param>
/// <param name="For">Until it is started again.</param>
internal readonly record struct DemoFault(DemoPart Part, TimeSpan At, TimeSpan For)
{
    /// <summary>
    /// Reads <c>PART@SECOND[:FOR]</c>, for example <c>center@20:15</c>; a node without FOR is started again after 1 s,
    /// the others after 20 s.
    /// </summary>
    /// <exception cref="PicketException">Not of that form.</exception>
    public static DemoFault Parse(string text)
    {
        var at = text.IndexOf('@');
        if (at > 0
            && Enum.TryParse<DemoPart>(text[..at], ignoreCase: true, out var part)
            && !int.TryParse(text[..at], out _))
        {
            var times = text[(at + 1)..].Split(':');
            var down = part == DemoPart.Node ? 1.0 : 20;
            if (times.Length <= 2
                && Seconds(times[0], out var start)
                && (times.Length == 1 || Seconds(times[1], out down)))
            {
                return new DemoFault(part, TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(down));
            }
        }
        throw new PicketException(
            $"demo: fault '{text}' is not PART@SECOND[:FOR], where PART is node, center or cameras; "
            + "for example center@20:15",
            ExitCode.BadUsage);
    }

    private static bool Seconds(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
        && value is >= 0 and <= 3600;
}

/// <summary>A part of the demo's site that can be made to fail.</summary>
internal enum DemoPart
{
    Node,
    Center,
    Cameras,
}
