using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Outbox;

public sealed class CameraEventsTests : IAsyncDisposable
{
    private readonly TempFolder _temp = new();
    private readonly CameraTelemetry _telemetry = new();
    private readonly OutboxStore _outbox;
    private readonly CameraEvents _events;

    public CameraEventsTests()
    {
        _outbox = OutboxStore.Open(_temp.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _events = new CameraEvents(new EventSink(_outbox, NullLogger.Instance), _telemetry);
    }

    public async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _temp.Dispose();
    }

    // Once the encoder had failed, the event was lost with its picture, and the camera's run with both.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryMakeCrop_EncoderFails_IsNoCropAndCounted(bool encoder)
    {
        Exception failure = encoder ? new PicketException("JPEG encoding failed") : new ArgumentException("the JPEG has ...");
        Assert.Null(_events.TryMakeCrop(DateTimeOffset.UnixEpoch, () => throw failure));
        Assert.Equal(1, _telemetry.CropsLost);
    }

    [Fact]
    public void TryMakeCrop_Bug_IsNotHidden() =>
        Assert.Throws<InvalidOperationException>(
            () => _events.TryMakeCrop(DateTimeOffset.UnixEpoch, () => throw new InvalidOperationException()));
}
