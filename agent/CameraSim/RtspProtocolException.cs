namespace Picket.CameraSim;

/// <summary>A request that breaks the protocol or a limit; it is answered with 400 and ends its connection.</summary>
internal sealed class RtspProtocolException(string message) : Exception(message);
