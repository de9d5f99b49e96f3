namespace Picket.Agent.Link;

/// <summary>A link could not be made or has ended: a passing fault, the pump tries again.</summary>
internal sealed class LinkException(string message, Exception? inner = null) : Exception(message, inner);
