using Microsoft.Extensions.Logging;
using Picket.Center.Store;

namespace Picket.Center.Receive;

/// <summary>Tries again what the database did not take, as long as that may pass.</summary>
internal sealed class StoreAttempts(CenterStore store, ILogger log, TimeProvider time)
{
    /// <summary>10 s at <see cref="Pause"/>: longer than a USB disk needs to come back, and a disk that reads wrong all
    /// that time is broken.</summary>
    public const int MaxDiskErrors = 5;

    /// <summary>A full disk, or a server that is away, is looked at again this often.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Tries until it works. Meanwhile what arrives fills bounded places and is then dropped; nothing of it is
    /// acknowledged.</summary>
    /// <exception cref="PicketException">It can't work: the database is read-only, damaged, gone.</exception>
    /// <exception cref="Exception">What was to be stored is at fault, whichever way: trying again helps nobody.</exception>
    public async ValueTask<T> Run<T>(Func<Task<T>> work, CancellationToken cancel)
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
