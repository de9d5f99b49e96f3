using Microsoft.Extensions.Logging;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Keeps the center connected to its broker: connects, subscribes, hands messages to the inbox, and starts over
/// with back-off when the connection ends.</summary>
/// <remarks>The broker keeps no session while the center is away: what it would queue in memory, and lose, is in the nodes'
/// outboxes anyway.</remarks>
internal sealed class BrokerSession(
    MqttOptions options, Inbox inbox, GapWatch gaps, CenterState state, ILogger log, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest that an operator who has restarted the broker should have to wait.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Works until canceled.</summary>
    /// <exception cref="PicketException">The database can't be worked with any more.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        var pause = new Backoff(FirstPause, LongestPause, Random.Shared);
        string? lastReason = null;
        while (!cancel.IsCancellationRequested)
        {
            string reason;
            try
            {
                await using var connection = await MqttConnection.ConnectAsync(options, cancel);
                await WorkAsync(connection, cancel);
                pause.Reset();
                lastReason = null;
                reason = (await connection.Closed).Message;
                if (connection.DroppedMessages > 0) ReceiveLog.Dropped(log, connection.DroppedMessages, "?");
            }
            catch (MqttException e)
            {
                reason = e.Message;
            }
            finally
            {
                state.SetConnected(false);
            }
            if (reason != lastReason) ReceiveLog.Disconnected(log, reason);
            lastReason = reason;
            await Task.Delay(pause.Next(), time, cancel);
        }
    }

    /// <summary>Works until the connection ends.</summary>
    private async Task WorkAsync(MqttConnection connection, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var lanes = new ReceiveLanes(log, time);
        // Read from the start: the statuses of all nodes arrive at once with the subscription.
        var filling = lanes.FillAsync(connection.Received, ended.Token);
        var storing = inbox.RunAsync(lanes, ack => AcknowledgeAsync(connection, ack, cancel), ended.Token);
        var watching = gaps.RunAsync(command => SendAsync(connection, command, ended.Token), ended.Token);
        try
        {
            await SubscribeAsync(connection, cancel);
            // Storing ends with the connection, when all that has arrived is stored; or with an error.
            await await Task.WhenAny(storing, watching);
        }
        finally
        {
            await connection.DisposeAsync();
            await ended.CancelAsync();
            try
            {
                await Task.WhenAll(filling, storing, watching);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // As asked; whatever else went wrong is already being thrown.
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task SubscribeAsync(MqttConnection connection, CancellationToken cancel)
    {
        // At QoS 0, so that the broker holds none of them back behind what waits for a commit.
        await connection.SubscribeAsync(Topics.AllStatus, 0, cancel);
        await connection.SubscribeLiveAsync(Topics.AllEvents, 1, cancel);
        await connection.SubscribeLiveAsync(Topics.AllCrops, 1, cancel);
        ReceiveLog.Connected(log, options.Endpoint);
        state.SetConnected(true);
    }

    /// <summary>A lost ack costs a resend and a duplicate, which is acknowledged again: an ended connection is not a fault
    /// here.</summary>
    private async Task AcknowledgeAsync(MqttConnection connection, Ack ack, CancellationToken cancel)
    {
        try
        {
            var reason = await connection.PublishAsync(
                Topics.Ack(ack.Node), WireJson.Write(ack), 1, retain: false, cancel);
            if (reason is not MqttReason.Success and not MqttReason.NoMatchingSubscribers)
                ReceiveLog.AckRefused(log, ack.Node, reason.ToString());
        }
        catch (MqttException) when (connection.Closed.IsCompleted)
        {
            // The session's loop learns of it from the connection itself and reports it.
            return;
        }
    }

    /// <summary>A lost command is sent again when it is due.</summary>
    private async Task SendAsync(MqttConnection connection, NodeCommand command, CancellationToken cancel)
    {
        try
        {
            var reason = await connection.PublishAsync(
                Topics.Command(command.Node), WireJson.Write(command), 1, retain: false, cancel);
            if (reason is not MqttReason.Success and not MqttReason.NoMatchingSubscribers)
                ReceiveLog.CommandRefused(log, command.Node, reason.ToString());
        }
        catch (MqttException) when (connection.Closed.IsCompleted)
        {
            // The session's loop learns of it from the connection itself and reports it.
            return;
        }
    }
}
