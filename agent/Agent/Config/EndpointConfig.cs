namespace Picket.Agent.Config;

/// <summary>A broker's address.</summary>
internal readonly record struct EndpointConfig(string Host, int Port);
