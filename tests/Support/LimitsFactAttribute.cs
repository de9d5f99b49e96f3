namespace Picket.Tests.Support;

/// <summary>A test that runs programs under a unit's limits (<c>tests/EndToEnd/limited.py</c>): needs root to change to
/// another user, and systemd's names of system calls. Skipped with the reason elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LimitsFactAttribute : FactAttribute
{
    public LimitsFactAttribute()
    {
        if (Environment.UserName != "root")
            Skip = "only root can run a program as another user and give it a view of its own; the unit itself is tested without";
        else if (!File.Exists(SystemdTheoryAttribute.Program))
            Skip = $"{SystemdTheoryAttribute.Program} is missing; install the package systemd";
        else if (!File.Exists(MosquittoBroker.Program))
            Skip = $"{MosquittoBroker.Program} is missing; install the package mosquitto";
    }
}
