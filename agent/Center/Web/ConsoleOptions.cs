using System.Net;

namespace Picket.Center.Web;

/// <summary>Where the console is and how visitors are admitted.</summary>
/// <param name="Port">0 for a free one.</param>
/// <param name="DemoLink">For the demo only: plain HTTP on loopback, whatever <paramref name="Bind"/> says, behind a
/// one-time link instead of client certificates.</param>
internal sealed record ConsoleOptions(IPAddress Bind, int Port, bool DemoLink);
