using System.CommandLine;
using Picket.Agent.Cli;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli;

/// <summary>Refusals; what it measures is in ThinLineTests.</summary>
public sealed class BenchVerbTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("center", "10")]
    [InlineData("center:0", "10")]
    [InlineData("center:65536", "10")]
    [InlineData(":8883", "10")]
    [InlineData("center:8883", "0")]
    [InlineData("center:8883", "601")]
    public void Link_BadArguments_IsRefused(string endpoint, string seconds) =>
        Assert.NotEmpty(Parse(endpoint, "--seconds", seconds).Errors);

    [Fact]
    public async Task Link_MachineThatIsNotEnrolled_SaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync());

        Assert.Contains("picket join", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_NodeRuns_LeavesItsConnectionAlone()
    {
        await using var running = OutboxStore.Open(
            _temp.File("state"), "gate-1", new OutboxConfig(), TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync());

        Assert.Contains("the node runs", error.Message, StringComparison.Ordinal);
    }

    private ParseResult Parse(params string[] arguments) =>
        BenchVerb.Create().Parse(["link", .. arguments, "--state", _temp.File("state")]);

    private Task<int> RunAsync() => Parse("localhost:1").InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
