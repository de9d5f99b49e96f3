namespace Picket.Tests.Host;

public sealed class ErrorBoundaryTests
{
    private readonly StringWriter _errors = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reported_FaultOfTheProgram_IsOneLineAndTheStackOnlyWhenAskedFor(bool debug)
    {
        Assert.Equal(ExitCode.Failed, await ReportedAsync(new InvalidOperationException("two\nlines"), debug));

        var lines = _errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("picket-x: internal error: InvalidOperationException: two?lines", lines[0]);
        Assert.Equal(debug, lines.Length > 1);
    }

    [Fact]
    public async Task Reported_ErrorForAPerson_IsItsLineAndItsCode()
    {
        Assert.Equal(ExitCode.PartMissing, await ReportedAsync(new PicketException("no disk; mount one", ExitCode.PartMissing)));

        Assert.Equal("picket-x: no disk; mount one\n", _errors.ToString());
    }

    [Theory]
    [InlineData(32, "")] // EPIPE: nobody listens
    [InlineData(28, "picket-x: standard output can't be written: No space left on device\n")] // ENOSPC
    public async Task Reported_OutputThatNobodyTakes_IsToldUnlessItsReaderIsGone(int error, string line)
    {
        Assert.Equal(ExitCode.Failed, await ReportedAsync(new OutputException(error)));

        Assert.Equal(line, _errors.ToString());
    }

    /// <summary>What was not canceled by a signal is a fault and has to be seen.</summary>
    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "picket-x: internal error: OperationCanceledException: timeout\n")]
    public async Task Reported_Cancellation_IsSilentOnlyAfterASignal(bool signaled, string line)
    {
        Assert.Equal(
            ExitCode.Failed, await ReportedAsync(new OperationCanceledException("timeout"), end: new CancellationToken(signaled)));

        Assert.Equal(line, _errors.ToString());
    }

    private async Task<ExitCode> ReportedAsync(Exception thrown, bool debug = false, CancellationToken end = default) =>
        (ExitCode)await ErrorBoundary.ReportedAsync("picket-x", _ => throw thrown, _errors, debug, end);
}
