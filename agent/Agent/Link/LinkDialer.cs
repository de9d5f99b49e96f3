using Picket.Agent.Config;

namespace Picket.Agent.Link;

/// <summary>Opens a link to <paramref name="endpoint"/>; the caller disposes it.</summary>
/// <exception cref="LinkException">It can't be reached, is not who it should be, or refuses this node.</exception>
/// <exception cref="PicketException">A needed part is missing on this machine.</exception>
internal delegate Task<ILink> LinkDialer(EndpointConfig endpoint, CancellationToken cancel);
