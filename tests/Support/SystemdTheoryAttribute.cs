namespace Picket.Tests.Support;

/// <summary>A test that needs systemd's program to judge units (it need not run): skipped, with the reason, where it is not
/// installed, except in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SystemdTheoryAttribute : TheoryAttribute
{
    public const string Program = "/usr/bin/systemd-analyze";

    public SystemdTheoryAttribute() => Skip = Needed.File(Program, "systemd");
}
