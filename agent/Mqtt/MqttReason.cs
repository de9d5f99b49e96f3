namespace Picket.Mqtt;

/// <summary>The broker's answer to a publish (MQTT 5.0, section 3.4.2.1); values not named here may come as
/// well.</summary>
public enum MqttReason : byte
{
    /// <summary>Taken by the broker for at least one subscriber. Not a promise that it is stored anywhere.</summary>
    Success = 0x00,

    /// <summary>Nobody is subscribed: the broker has thrown the message away.</summary>
    NoMatchingSubscribers = 0x10,

    UnspecifiedError = 0x80,

    /// <summary>The broker's access list does not let this client publish on that topic.</summary>
    NotAuthorized = 0x87,

    QuotaExceeded = 0x97,
}
