using System.Diagnostics;
using Picket.Tests.Support;

namespace Picket.Tests.Center;

/// <summary>The independent judge of certificates: Debian's openssl program.</summary>
internal static class OpenSsl
{
    /// <summary>Runs it; output and errors come back together.</summary>
    public static (int ExitCode, string Output) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    /// <summary>A new key and the request for a certificate of it, made by openssl as a stranger's node
    /// would.</summary>
    public static (string Key, string Request) NewRequest(
        TempFolder folder, string subject, string curve = "prime256v1", params string[] more)
    {
        var key = folder.File($"{Guid.NewGuid():N}.key");
        var request = folder.File($"{Guid.NewGuid():N}.csr");
        Assert.Equal(0, Run("ecparam", "-name", curve, "-genkey", "-noout", "-out", key).ExitCode);
        Assert.Equal(0, Run(["req", "-new", "-key", key, "-subj", subject, "-out", request, .. more]).ExitCode);
        return (key, request);
    }
}
