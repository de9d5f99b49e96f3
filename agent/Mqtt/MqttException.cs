namespace Picket.Mqtt;

/// <summary>A connection could not be made, ended, or refused a request; the message says what, where and, if known,
/// why.</summary>
public class MqttException(string message, Exception? inner = null) : Exception(message, inner);
