using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>A test with the real Chromium and the real broker: skipped, with the reason, where one is not installed,
/// except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public const string Program = "/usr/bin/chromium";

    public BrowserFactAttribute() => Skip = Needed.File(Program, "chromium") ?? Needed.Broker;
}
