namespace Picket.Mqtt;

/// <summary>A received message; the payload is a copy that belongs to the reader.</summary>
/// <param name="Retained">True for a message that the broker had kept from before the subscription; with
/// <see cref="MqttConnection.SubscribeLiveAsync"/>, for one that its sender wanted kept.</param>
public readonly record struct MqttMessage(string Topic, byte[] Payload, bool Retained);
