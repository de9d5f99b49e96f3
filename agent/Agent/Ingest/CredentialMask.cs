using System.Text.RegularExpressions;

namespace Picket.Agent.Ingest;

/// <summary>Hides user names, passwords and secret query values of addresses in anything that is printed.</summary>
internal static partial class CredentialMask
{
    /// <summary>
    /// <paramref name="text"/> (an address, or a line that holds some) with <c>***</c> in place of what precedes the
    /// host and of the values of keys that cameras put passwords in.
    /// </summary>
    /// <remarks>
    /// Everything up to the last <c>@</c> goes, so a password with an unescaped <c>@</c>, <c>/</c> or <c>?</c> does not
    /// leak its rest.
    /// </remarks>
    public static string Mask(string text) =>
        SecretQuery().Replace(UserInfo().Replace(text, "$1***@"), "$1***");

    [GeneratedRegex(@"\b([a-z][a-z0-9+.-]*://)[^\s""'<>]*@", RegexOptions.IgnoreCase)]
    private static partial Regex UserInfo();

    [GeneratedRegex(
        @"([?&;](?:user|usr|username|login|account|auth|pass|passwd|password|pwd|psw|token|secret|key|apikey|api_key)=)"
        + @"[^&;\s""'<>]*",
        RegexOptions.IgnoreCase)]
    private static partial Regex SecretQuery();
}
