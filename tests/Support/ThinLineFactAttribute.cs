namespace Picket.Tests.Support;

/// <summary>A test over a <see cref="ThinLine"/> and the real mosquitto: skipped, with the reason, where one of them can't
/// be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ThinLineFactAttribute : FactAttribute
{
    public ThinLineFactAttribute() => Skip = File.Exists(MosquittoBroker.Program)
        ? ThinLine.Missing
        : $"{MosquittoBroker.Program} is missing; install the package mosquitto";
}
