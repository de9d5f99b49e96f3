namespace Picket.Mqtt;

/// <summary>A received message; the payload is a copy that belongs to the reader.</summary>
/// <param name="Retained">True for a message that the broker had kept from before the subscription; with
/// <see cref="MqttConnection.SubscribeLiveAsync"/>, for one that its sender wanted kept.</param>
/// <param name="Acknowledged">Called by <see cref="Acknowledge"/>; null at QoS 0.</param>
public readonly record struct MqttMessage(string Topic, byte[] Payload, bool Retained, Action? Acknowledged = null)
{
    /// <summary>Tells the broker that this message is stored, or not wanted: it forgets it, and sends another in its place. Once for
    /// each message, from any thread; on a connection that has ended it does nothing, since the broker has forgotten all of it.</summary>
    public void Acknowledge() => Acknowledged?.Invoke();
}
