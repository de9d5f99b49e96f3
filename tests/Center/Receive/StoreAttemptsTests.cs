using Microsoft.Data.Sqlite;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Receive;

/// <summary>The numbers are SQLite's result codes, sqlite.org/rescode.html.</summary>
public sealed class StoreAttemptsTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly CenterStore _store;
    private readonly LogLines _log = new();
    private int _attempts;

    public StoreAttemptsTests() => _store = CenterStore.Open(_temp.File("center.db"));

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(5)] // SQLITE_BUSY
    [InlineData(8)] // SQLITE_READONLY: a disk that was mounted anew for reading
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
        await Assert.ThrowsAsync<PicketException>(() => Run(10, failures: 1000));
        Assert.Equal(StoreAttempts.MaxDiskErrors + 1, _attempts);
    }

    [Theory]
    [InlineData(11)] // SQLITE_CORRUPT
    [InlineData(14)] // SQLITE_CANTOPEN
    [InlineData(26)] // SQLITE_NOTADB
    public async Task Run_ErrorThatDoesNotPass_EndsTheCenterAtOnce(int code)
    {
        var error = await Assert.ThrowsAsync<PicketException>(() => Run(code, failures: 1));
        Assert.Equal($"database {_store.Place}: it failed; check the disk and the file's owner, "
            + "or move it aside and start again", error.Message);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task Run_FaultOfTheProgram_IsNotTriedAgain()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Run(new InvalidOperationException(), failures: 9));
        Assert.Equal(1, _attempts);
    }

    private Task<int> Run(int code, int failures) => Run(new SqliteException("it failed", code), failures);

    private Task<int> Run(Exception e, int failures) =>
        new StoreAttempts(_store, _log, new TimeWithoutPauses()).RunAsync(
            () => ++_attempts <= failures ? Task.FromException<int>(e) : Task.FromResult(_attempts),
            CancellationToken.None).AsTask();

    /// <summary>Every wait is over at once; a clock moved by hand would need somebody who sees that the loop waits.</summary>
    private sealed class TimeWithoutPauses : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
