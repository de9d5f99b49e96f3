using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent;
using Picket.Agent.Cli;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Cli;

public sealed class OutboxVerbTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private string State => _temp.File("state");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Status_ClosedOutbox_CountsIt()
    {
        await FillAsync();

        var (code, text) = await RunAsync("status", "--state", State, "--json");

        using var json = JsonDocument.Parse(text);
        Assert.Equal(0, code);
        string[] names = ["lastSeq", "pending", "acked"];
        Assert.Equal([3, 2, 1], names.Select(name => json.RootElement.GetProperty(name).GetInt64()));
    }

    [Fact]
    public async Task Status_WhileANodeRuns_ReadsBesideIt()
    {
        await using var running = OpenStore();
        await running.AppendAsync(Event("gate-1"), CancellationToken.None);

        var (code, text) = await RunAsync("status", "--state", State);

        Assert.Equal(0, code);
        Assert.Contains("pending   1 events", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_PendingNewestFirst_IsOneJsonObjectALine()
    {
        await FillAsync();

        var (_, text) = await RunAsync("list", "--state", State, "--json", "--pending", "--limit", "2");

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToArray();
        Assert.Equal([3, 2], lines.Select(l => l.GetProperty("seq").GetInt64()));
        Assert.Equal("camera.down", lines[0].GetProperty("kind").GetString());
        Assert.False(lines[0].TryGetProperty("ackedAt", out _));
    }

    [Fact]
    public async Task Status_NoOutboxThere_SaysWhere()
    {
        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync("status", "--state", State));

        Assert.Contains(State, error.Message, StringComparison.Ordinal);
    }

    private static OutboxEntry Event(string camera) => new()
    {
        At = DateTimeOffset.UnixEpoch,
        Kind = EventKind.CameraDown,
        Camera = camera,
        Body = new EventBody { CameraState = new CameraStateBody("no answer") },
    };

    private static async Task<(int Code, string Text)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var console = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output };
        var code = await OutboxVerb.Create().Parse(args).InvokeAsync(console);
        return (code, output.ToString());
    }

    private OutboxStore OpenStore() =>
        OutboxStore.Open(State, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    private async Task FillAsync()
    {
        await using var store = OpenStore();
        var first = await store.AppendAsync(Event("gate-1"), CancellationToken.None);
        await store.AppendAsync(Event("gate-2"), CancellationToken.None);
        await store.AppendAsync(Event("gate-3"), CancellationToken.None);
        await store.MarkAckedAsync([first.Id], CancellationToken.None);
    }
}
