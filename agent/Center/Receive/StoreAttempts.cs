using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Center.Store;

namespace Picket.Center.Receive;

/// <summary>Tries again what the database did not take, as long as that may pass.</summary>
/// <param name="path">The database, for the message that ends the center.</param>
internal sealed class StoreAttempts(string path, ILogger logger, TimeProvider time)
{
    /// <summary>10 s at <see cref="Pause"/>: longer than a USB disk needs to come back, and a disk that reads wrong all
    /// that time is broken.</summary>
    public const int MaxDiskErrors = 5;

    /// <summary>A full disk is looked at again this often.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Tries until it works. Meanwhile the connection's own bounded queue fills up and drops; nothing of it is
    /// acknowledged.</summary>
    /// <exception cref="CenterException">It can not work: the database is read-only, damaged, gone.</exception>
    public async ValueTask<T> Run<T>(Func<T> work, CancellationToken cancel)
    {
        var diskErrors = 0;
        for (var failed = false; ; failed = true)
        {
            try
            {
                var result = work();
                if (failed) ReceiveLog.CommitsAgain(logger);
                return result;
            }
            catch (SqliteException e)
            {
                if (e.SqliteErrorCode == SqliteCode.IoError) diskErrors++;
                if (!IsPassing(e) || diskErrors > MaxDiskErrors) throw CenterStore.Unusable(path, e);
                if (!failed) ReceiveLog.CommitFailed(logger, e.Message);
            }
            await Task.Delay(Pause, time, cancel);
        }
    }

    private static bool IsPassing(SqliteException e) =>
        e.SqliteErrorCode is SqliteCode.Busy or SqliteCode.IoError or SqliteCode.Full;

    /// <summary>SQLite's result codes (sqlite.org/rescode.html).</summary>
    private static class SqliteCode
    {
        public const int Busy = 5;
        public const int IoError = 10;
        public const int Full = 13;
    }
}
