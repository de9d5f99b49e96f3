namespace Picket.Tests.Support;

/// <summary>A test over a <see cref="ThinLine"/> and the real mosquitto: skipped, with the reason, where one of them can't
/// be had, except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ThinLineFactAttribute : FactAttribute
{
    public ThinLineFactAttribute() => Skip = Needed.Broker ?? (Needed.IsCi ? null : ThinLine.Missing);
}
