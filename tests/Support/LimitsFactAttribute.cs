namespace Picket.Tests.Support;

/// <summary>A test that runs programs under a unit's limits (<c>tests/EndToEnd/limited.py</c>): needs root to change to
/// another user, and systemd's names of system calls. Skipped with the reason elsewhere, except in CI, where it must
/// run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LimitsFactAttribute : FactAttribute
{
    public LimitsFactAttribute() => Skip = Environment.UserName != "root" && !Needed.IsCi
        ? "only root can run a program as another user and give it a view of its own; the unit itself is tested without"
        : Needed.File(SystemdTheoryAttribute.Program, "systemd") ?? Needed.Broker;
}
