namespace Picket.Tests.Support;

/// <summary>A test against the real mosquitto: skipped, with the reason, where that is not installed, except in CI,
/// where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrokerFactAttribute : FactAttribute
{
    public BrokerFactAttribute() => Skip = Needed.Broker;
}
