using System.Diagnostics;

namespace Picket.Bench.Nodes;

/// <summary>More than the center can take: it goes on at its rate, little is sent twice, and everything is acknowledged soon after the
/// load is gone; the same after a time in which it stood still.</summary>
/// <remarks>In this process a node costs as much processor as the center spends on it. So that the center is what has too much, and
/// not the nodes, others take most of its core (<c>--busy</c>), as on a machine that does something else as well.</remarks>
/// <param name="time">How long there is too much.</param>
internal sealed class Overload(NodesBench bench, TimeSpan time)
{
    /// <summary>The offered rate, relative to what the center can take.</summary>
    private const double Times = 2;

    /// <summary>The share of that rate that it must keep.</summary>
    private const double LeastKept = 0.8;

    /// <summary>The share of all events given to a connection that may be sent again.</summary>
    private const double MostAgain = 0.05;

    /// <summary>The nodes must really offer what they should: within a twentieth.</summary>
    private const double LeastOffered = 0.95;

    private static readonly TimeSpan Still = TimeSpan.FromSeconds(60);

    public async Task<bool> RunAsync()
    {
        if (await bench.SaturateAsync() is not { } best) return false;
        return await TwiceAsync(best) & await StandStillAsync(best);
    }

    private async Task<bool> TwiceAsync(double best)
    {
        var (made, sent, acked) = (bench.Made, bench.Sent, bench.Acked);
        var (inTime, seconds) = await bench.OfferAsync(Times * best, time);
        var missed = Bound.AtLeast("overload: offered, of the best rate", (bench.Made - made) / seconds / best, Times * LeastOffered);
        missed |= Bound.AtLeast("overload: acknowledged a second meanwhile, of the best rate", inTime / seconds / best, LeastKept);
        return missed + await EndAsync("overload", sent, acked, best) == 0;
    }

    /// <summary>The load is what it can just take; a minute of it waits when it goes on.</summary>
    private async Task<bool> StandStillAsync(double best)
    {
        var (sent, acked) = (bench.Sent, bench.Acked);
        var offering = bench.OfferAsync(best, time + Still + time);
        await Task.Delay(time);
        var before = bench.Acked;
        await bench.Center.StandAsync(isStill: true);
        await Task.Delay(Still);
        NodesBench.Say(
            $"the center stood still for {Still.TotalSeconds:0} s: {bench.Acked - before} acknowledged in it, {bench.Open} wait");
        before = bench.Acked;
        var watch = Stopwatch.StartNew();
        await bench.Center.StandAsync(isStill: false);
        await offering;
        var missed = await EndAsync("standstill", sent, acked, best);
        // With the pauses between the nodes' tries to connect in it.
        var kept = (bench.Acked - before) / watch.Elapsed.TotalSeconds / best;
        missed |= Bound.AtLeast("standstill: acknowledged a second from its end on, of the best rate", kept, LeastKept);
        return missed == 0;
    }

    /// <summary>The load is gone.</summary>
    private async Task<int> EndAsync(string what, long sent, int acked, double best)
    {
        // What waits, at the lowest rate that must be kept, and a pause between two tries of a connection (LinkOptions.BackoffMax).
        var allowed = (bench.Open / (LeastKept * best)) + 30;
        var watch = Stopwatch.StartNew();
        var missed = await bench.DrainAsync(TimeSpan.FromSeconds(2 * allowed)) ? 0 : 1;
        missed |= Bound.AtMost($"{what}: seconds until all is acknowledged", watch.Elapsed.TotalSeconds, allowed);
        var given = bench.Sent - sent;
        missed |= Bound.AtMost(
            $"{what}: sent again, of all sent", (given - (bench.Acked - acked)) / (double)given, MostAgain);
        return missed;
    }
}
