using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>A test with the real Chromium and the real broker: skipped, with the reason, where one is not installed,
/// except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public const string Program = "/usr/bin/chromium";

    public BrowserFactAttribute()
    {
        var isCi = Environment.GetEnvironmentVariable("CI") == "true";
        var missing = ((string[])[Program, MosquittoBroker.Program]).FirstOrDefault(program => !File.Exists(program));
        if (missing is not null && !isCi) Skip = $"{missing} is missing; run packaging/setup.sh";
    }
}
