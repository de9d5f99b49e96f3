namespace Picket.Center.Broker;

/// <summary>A broker that is a separate program, by a name that its certificate has.</summary>
internal sealed record BrokerAddress(string Host, int Port)
{
    public override string ToString() => $"{Host}:{Port}";
}
