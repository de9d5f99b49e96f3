namespace Picket.Mqtt;

/// <summary>The last will: published by the broker, at QoS 1 and retained, when the connection ends without a
/// goodbye.</summary>
/// <param name="Payload">Lent until the connection is opened.</param>
public sealed record MqttWill(string Topic, ReadOnlyMemory<byte> Payload);
