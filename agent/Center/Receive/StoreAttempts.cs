using Microsoft.Extensions.Logging;
using Picket.Center.Store;

namespace Picket.Center.Receive;

/// <summary>Tries again what the database did not take, as long as the fault may be temporary.</summary>
internal sealed class StoreAttempts(CenterStore store, ILogger log, TimeProvider time)
{
    /// <summary>10 s at <see cref="Pause"/>: longer than a USB disk needs to come back; a disk that fails for all that time
    /// is broken.</summary>
    public const int MaxDiskErrors = 5;

    /// <summary>How often a full disk, or a server that is away, is tried again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Tries until it works. Meanwhile what arrives fills bounded buffers and is then dropped; none of it is
    /// acknowledged.</summary>
    /// <exception cref="PicketException">It can't work: the database is read-only, damaged, gone.</exception>
    /// <exception cref="Exception">The content is at fault, in whatever way: trying again would not help.</exception>
    public async ValueTask<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        var diskErrors = 0;
        for (var failed = false; ; failed = true)
        {
            try
            {
                var result = await work();
                if (failed) ReceiveLog.CommitsAgain(log);
                return result;
            }
            catch (Exception e) when (store.FaultOf(e) is not (StoreFault.None or StoreFault.Content))
            {
                var fault = store.FaultOf(e);
                if (fault is StoreFault.Disk) diskErrors++;
                if (fault is StoreFault.Lasting || diskErrors > MaxDiskErrors) throw store.Unusable(e);
                if (!failed) ReceiveLog.CommitFailed(log, e.Message);
            }
            await Task.Delay(Pause, time, cancel);
        }
    }
}
