using System.Diagnostics;

namespace Picket.Tests.Support;

/// <summary>Starts programs with another time of day (Debian's libfaketime): what they and their OpenSSL read, not what a
/// TimeProvider says.</summary>
internal static class FakeTime
{
    public const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

    /// <param name="time">As faketime(1) writes it: <c>+400d</c>, or <c>@1970-01-01 00:01:00</c> to start there.</param>
    public static void Apply(ProcessStartInfo start, string time)
    {
        start.Environment["LD_PRELOAD"] = Library;
        start.Environment["FAKETIME"] = time;
        start.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
        start.Environment["TZ"] = "UTC";
    }

    /// <summary>Runs a program to its end at that time.</summary>
    public static Task<ProgramResult> RunAsync(string time, string program, params IEnumerable<string> arguments) =>
        ExternalProgram.RunAsync("/usr/bin/env", [
            $"LD_PRELOAD={Library}", $"FAKETIME={time}", "FAKETIME_DONT_FAKE_MONOTONIC=1", "TZ=UTC", program, .. arguments,
        ]);
}
