namespace Picket.Tests.Support;

/// <summary>A test of the real mosquitto at another time: skipped, with the reason, where that or libfaketime is not
/// installed, except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ClockFactAttribute : FactAttribute
{
    public ClockFactAttribute() => Skip = Needed.Broker ?? Needed.File(FakeTime.Library, "faketime");
}
