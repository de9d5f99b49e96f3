namespace Picket.Tests.Support;

/// <summary>As <see cref="BrokerFactAttribute"/>, for several rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrokerTheoryAttribute : TheoryAttribute
{
    public BrokerTheoryAttribute() => Skip = Needed.Broker;
}
