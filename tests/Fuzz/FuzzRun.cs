using System.Runtime.InteropServices;

namespace Picket.Tests.Fuzz;

/// <summary>Reads many inputs with one parser, each within its budget of memory and processor time.</summary>
internal static partial class FuzzRun
{
    /// <summary>Nothing here takes a hundredth of it. Time of this thread on a processor, not on the clock: other work on the
    /// machine does not count, only an input that makes the parser run on and on.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(3);

    /// <summary>Goldens and bombs, then <see cref="FuzzOptions.Count"/> mutated goldens.</summary>
    /// <returns>How many were accepted, and the largest share of the memory budget that one took.</returns>
    public static (int Inputs, int Accepted, double Share) Mutated(FuzzTarget target)
    {
        var (accepted, share) = (0, 0.0);
        // What the first reads allocate once and for all does not count.
        foreach (var golden in target.Seeds) _ = target.Read(golden.ToArray());
        foreach (var golden in target.Seeds)
        {
            Assert.True(Once(target, golden, "golden", out _) is not null, $"{target.Name}: a golden was refused: {Shown(golden)}");
        }
        for (var i = 0; i < target.Bombs.Count; i++)
        {
            Once(target, target.Bombs[i], $"bomb {i}", out var used);
            share = Math.Max(share, used);
        }
        var replaced = target.Seeds.SelectMany(ByteMutation.OneValueReplaced)
            .Where((_, i) => (i + FuzzOptions.Seed) % (target.Costs * target.Costs) == 0);
        foreach (var input in replaced)
        {
            Once(target, input, "value replaced", out var used);
            share = Math.Max(share, used);
        }
        var mutation = new ByteMutation(target.Seeds, target.Words);
        var count = Math.Max(1, FuzzOptions.Count / target.Costs);
        for (var i = 0; i < count; i++)
        {
            // Each input has a seed of its own, so that one alone can be made again.
            var input = mutation.Next(new Random(FuzzOptions.Seed + i));
            if (Once(target, input, $"input {i}", out var used) is not null) accepted++;
            share = Math.Max(share, used);
        }
        return (count, accepted, share);
    }

    /// <summary>Reads one input; gives what it was written as, or null for a refusal.</summary>
    private static byte[]? Once(FuzzTarget target, byte[] input, string which, out double share)
    {
        var budget = target.BudgetBytes + (long)target.BudgetPerByte * input.Length;
        var lent = input.ToArray();
        var time = ThreadTime();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        byte[]? written;
        try
        {
            written = target.Read(lent);
        }
        catch (Exception e) when (target.Refusal is { } refusal && e.GetType() == refusal)
        {
            written = null;
        }
        catch (Exception e)
        {
            throw Failure(target, input, which, $"{e.GetType().Name} got out: {e.Message}\n{e.StackTrace}");
        }
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        time = ThreadTime() - time;
        share = (double)bytes / budget;
        if (!lent.AsSpan().SequenceEqual(input)) throw Failure(target, input, which, "the input was changed");
        if (bytes > budget) throw Failure(target, input, which, $"took {bytes} bytes, at most {budget} are stated");
        if (time > MostTime.TotalSeconds) throw Failure(target, input, which, $"took {time:0.0} s of a processor");
        if (written is null || !target.RoundTrips || written.Length > target.MaxBytes) return written;

        var again = target.Read(written);
        if (again is null) throw Failure(target, input, which, $"was accepted, but not as it is written: {Shown(written)}");
        if (!again.AsSpan().SequenceEqual(written))
            throw Failure(target, input, which, $"is written {Shown(written)}, and that {Shown(again)}");
        return written;
    }

    private static Xunit.Sdk.XunitException Failure(FuzzTarget target, byte[] input, string which, string what) => new(
        $"{target.Name}, {which} of seed {FuzzOptions.Seed}: {what}\ninput of {input.Length} bytes: {Shown(input)}\n"
            + $"base64: {Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 3000)))}\nagain with: {FuzzOptions.Command}");

    private static string Shown(byte[] bytes) =>
        new([.. bytes.Take(1500).Select(b => b is >= 0x20 and < 0x7F ? (char)b : '.')]);

    private static unsafe double ThreadTime()
    {
        const int ClockThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID, linux/time.h
        var time = stackalloc long[2];
        Assert.Equal(0, GetTime(ClockThreadCpuTime, time));
        return time[0] + time[1] / 1e9;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static unsafe partial int GetTime(int clock, long* time);
}
