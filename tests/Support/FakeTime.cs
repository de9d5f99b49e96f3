using System.Diagnostics;

namespace Picket.Tests.Support;

/// <summary>Starts programs with another time of day (Debian's libfaketime): what they and their OpenSSL read, not what a
/// TimeProvider says.</summary>
internal static class FakeTime
{
    public const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

    /// <summary>The environment of a program at that time.</summary>
    /// <param name="time">As faketime(1) writes it: <c>+400d</c>, or <c>@1970-01-01 00:01:00</c> to start there.</param>
    /// <remarks>Its fix for a glibc of 2016 makes one program in five wait for as long as the machine is up: a timed wait
    /// gets the monotonic clock twice.</remarks>
    public static (string Name, string Value)[] At(string time) =>
    [
        ("LD_PRELOAD", Library), ("FAKETIME", time), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("FAKETIME_FORCE_MONOTONIC_FIX", "0"), ("TZ", "UTC"),
    ];

    public static void Apply(ProcessStartInfo start, string time)
    {
        foreach (var (name, value) in At(time)) start.Environment[name] = value;
    }

    /// <summary>Runs a program to its end at that time.</summary>
    public static Task<ProgramResult> RunAsync(string time, string program, params IEnumerable<string> arguments) =>
        ExternalProgram.RunAsync("/usr/bin/env", [.. At(time).Select(part => $"{part.Name}={part.Value}"), program, .. arguments]);
}
