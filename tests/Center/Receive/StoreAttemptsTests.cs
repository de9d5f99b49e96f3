using Microsoft.Data.Sqlite;
using Picket.Center;
using Picket.Center.Receive;

namespace Picket.Tests.Center.Receive;

/// <summary>The numbers are SQLite's result codes, sqlite.org/rescode.html.</summary>
public sealed class StoreAttemptsTests
{
    private readonly LogLines _log = new();
    private int _attempts;

    [Theory]
    [InlineData(5)] // SQLITE_BUSY
    [InlineData(10)] // SQLITE_IOERR
    [InlineData(13)] // SQLITE_FULL
    public async Task Run_PassingError_IsTriedAgainAndToldOnce(int code)
    {
        Assert.Equal(4, await Run(code, failures: 3));
        Assert.Equal(2, _log.Lines.Count); // that it failed, that it works again
    }

    [Fact]
    public async Task Run_FullDisk_IsNeverGivenUp()
    {
        Assert.Equal(1001, await Run(13, failures: 1000));
    }

    [Fact]
    public async Task Run_DiskErrorThatStays_EndsTheCenter()
    {
        await Assert.ThrowsAsync<CenterException>(() => Run(10, failures: 1000));
        Assert.Equal(StoreAttempts.MaxDiskErrors + 1, _attempts);
    }

    [Theory]
    [InlineData(8)] // SQLITE_READONLY
    [InlineData(11)] // SQLITE_CORRUPT
    [InlineData(14)] // SQLITE_CANTOPEN
    [InlineData(26)] // SQLITE_NOTADB
    public async Task Run_ErrorThatDoesNotPass_EndsTheCenterAtOnce(int code)
    {
        var error = await Assert.ThrowsAsync<CenterException>(() => Run(code, failures: 1));
        Assert.Equal("database /x/center.db: it failed; check the disk and the file's owner, "
            + "or move it aside and start again", error.Message);
        Assert.Equal(1, _attempts);
    }

    private Task<int> Run(int code, int failures) => new StoreAttempts("/x/center.db", _log, new TimeWithoutPauses()).Run(
        () => ++_attempts <= failures ? throw new SqliteException("it failed", code) : _attempts,
        CancellationToken.None).AsTask();

    /// <summary>Every wait is over at once.</summary>
    private sealed class TimeWithoutPauses : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
