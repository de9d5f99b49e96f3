namespace Picket.Agent.Config;

/// <summary>A broker's address; the host without the brackets that an IPv6 address is written in.</summary>
internal readonly record struct EndpointConfig(string Host, int Port);
