using System.Text.RegularExpressions;

namespace Picket.Wire;

/// <summary>Hides user names, passwords and secret values of addresses in anything that is printed or sent.</summary>
/// <remarks>
/// Secrets are searched for in the text as it is, not in a parsed address: what a person typed need not be one, and a
/// password may contain every character that ends a part of it. It hides too much rather than too little. It is the one
/// mechanism for both programs: everything they write to standard error, every error message, and every reason that is
/// sent goes through it.
/// </remarks>
public static partial class CredentialMask
{
    /// <summary>
    /// <paramref name="text"/> (an address, or lines that hold some) with <c>***</c> in place of what precedes the
    /// last <c>@</c> of an address, of an invalid port, and of the values of keys that cameras put secrets in.
    /// </summary>
    public static string Mask(string text) =>
        text.Contains('\n') ? string.Join('\n', text.Split('\n').Select(MaskLine)) : MaskLine(text);

    /// <summary>The same for one whole address, in which a blank, a quote or a line's end is a character like
    /// others.</summary>
    public static string MaskAddress(string address) => Mask(OneLine(address));

    /// <summary>True for an address that has an <c>@</c> behind its <c>://</c>, wherever that stands, or for
    /// <c>user:password@host</c> without a scheme.</summary>
    public static bool HasUserInfo(string address) => UserInfo().IsMatch(OneLine(address)) || BareUserInfo().IsMatch(address);

    private static string MaskLine(string line)
    {
        if (line.AsSpan().IndexOfAny(':', '=', '%') < 0) return line;
        var end = line.LastIndexOf('@') + 1;
        // Only as far as an '@' is ahead, so that no beginning of an address is read on from in vain.
        if (end > 0) line = BareUserInfo().Replace(UserInfo().Replace(line[..end], "$1***@") + line[end..], "***@");
        return SecretValue().Replace(NoPort().Replace(line, "$1***"), "$1***");
    }

    private static string OneLine(string address) =>
        string.Create(address.Length, address, static (line, address) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = IsBreak(address[i]) ? '?' : address[i];
        });

    private static bool IsBreak(char c) => char.IsControl(c) || char.IsWhiteSpace(c) || c is '"' or '\'' or '<' or '>';

    // In all of them the runs that are looked ahead over are bounded (a scheme has 20 characters, a key 32, a password
    // 256): texts come from nodes too, and must not cost the square of their length.
    //
    // Up to the last '@' before the next address begins behind a blank or a quote: '/', '?', '#', blanks, quotes and
    // further '@' are characters of passwords, too. One slash, or none behind rtsp:, is a slip of the keyboard that must
    // not tell a password either.
    [GeneratedRegex(
        @"\b([a-z][a-z0-9+.-]{0,19}://+|(?:rtsps?|https?|rtmps?|mqtts?):/?)"
        + @"(?:(?!(?<=[\s""'(\[,;=])[a-z][a-z0-9+.-]{0,19}://).)*@",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();

    // user:password@host without a scheme.
    [GeneratedRegex(@"(?<![\w:])[^\s:/@""'<>]{1,256}:(?![/\s])[^\s@]{0,256}@(?=[\w\[])", RegexOptions.CultureInvariant)]
    private static partial Regex BareUserInfo();

    // scheme://user:password without a host: what is behind the ':' is no number.
    [GeneratedRegex(
        @"\b([a-z][a-z0-9+.-]{0,19}://)(?![\[*])[^\s/?#@""'<>]{0,256}?:(?!\d*(?:[^\w%]|$))[^\s""'<>]*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NoPort();

    // key=value, the key with anything before it (loginpas=, api_key=), up to the next key=, however that is set off
    // ('&', ';', '_', ',', '/', ...: recorders use all of them), or to what ends an address in a text. A key has a value:
    // the '=' that pads base64 begins none.
    [GeneratedRegex(
        @"((?:user|usr|username|login|loginuse|account|pass|pas|passwd|password|passwort|pwd|psw|pw|token|auth|key|secret"
        + @"|credentials|sid|session|signature)\d*(?:=|%3d))"
        + @"(?:(?!(?:[&;?][a-z][\w-]{0,31}|(?:[^\w\s]|_)[a-z][a-z0-9-]{0,31})(?:=|%3d)[^=&\s""'<>]|:(?:\s|$))"
        + @"[^\s""'<>])*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretValue();
}
