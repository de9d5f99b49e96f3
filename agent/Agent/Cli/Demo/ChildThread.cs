using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// Starts the demo's programs from one thread that lives as long as the demo: the kernel ends a child by its
/// parent-death signal when the thread that made it ends (prctl(2), PR_SET_PDEATHSIG), and threads of the pool come and
/// go.
/// </summary>
internal static class ChildThread
{
    private static readonly BlockingCollection<Action> s_work = [];

    static ChildThread() => new Thread(() =>
    {
        foreach (var work in s_work.GetConsumingEnumerable()) work();
    })
    { IsBackground = true, Name = "children" }.Start();

    /// <summary>Does <paramref name="start"/> on the thread, and throws what it throws.</summary>
    public static void Run(Action start)
    {
        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        s_work.Add(() =>
        {
            try
            {
                start();
            }
            catch (Exception e) // it belongs to the caller, not to this thread
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            done.Set();
        });
        done.Wait();
        failure?.Throw();
    }
}
