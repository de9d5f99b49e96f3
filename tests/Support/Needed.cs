namespace Picket.Tests.Support;

/// <summary>What tests need and <c>packaging/setup.sh</c> brings: its absence skips a test on a developer's machine and never in CI,
/// where the test runs and fails.</summary>
internal static class Needed
{
    public static bool IsCi { get; } = Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Why a test is skipped that needs this file, or null.</summary>
    public static string? File(string path, string package) =>
        IsCi || System.IO.File.Exists(path) ? null : $"{path} is missing; install the package {package}";

    /// <summary>Why a test is skipped that needs the real broker, or null.</summary>
    public static string? Broker => File(MosquittoBroker.Program, "mosquitto");
}
