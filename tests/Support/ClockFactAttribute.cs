namespace Picket.Tests.Support;

/// <summary>A test of the real mosquitto at another time: skipped, with the reason, where that or libfaketime is not
/// installed, except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ClockFactAttribute : FactAttribute
{
    public ClockFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") return;
        if (!File.Exists(MosquittoBroker.Program)) Skip = $"{MosquittoBroker.Program} is missing; install the package mosquitto";
        else if (!File.Exists(FakeTime.Library)) Skip = $"{FakeTime.Library} is missing; install the package faketime";
    }
}
