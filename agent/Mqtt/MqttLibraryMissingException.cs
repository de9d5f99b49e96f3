namespace Picket.Mqtt;

/// <summary>libmosquitto is not installed on this machine; the message names the package.</summary>
public sealed class MqttLibraryMissingException(Exception inner)
    : MqttException("the MQTT library libmosquitto.so.1 is missing; install the Debian package libmosquitto1", inner);
