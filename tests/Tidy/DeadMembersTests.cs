using System.Text.RegularExpressions;

namespace Picket.Tests.Tidy;

/// <summary>
/// No member under <c>agent/</c> whose name stands there once, where it is declared: nobody calls it. Found by name, so a
/// member that shares its name with another is not found.
/// </summary>
public sealed partial class DeadMembersTests
{
    /// <summary>What only tests or benches look at, with what for.</summary>
    private static readonly Dictionary<string, string> ForTests = new()
    {
        ["Cards"] = "each model of the pack is tried",
        ["AppendEachAsync"] = "a whole group in one commit, beside a bare loop's in the bench",
        ["Outstanding"] = "no frame is left behind",
        ["CountStored"] = "what a database holds",
        ["SmallModelId"] = "a detector for weak devices, measured by the bench",
        ["ProbeAsync"] = "what a film is that a test made; the next to use it is the test of a camera",
        ["StillAsync"] = "a picture out of a film, for evidence",
        ["CutAsync"] = "a part of a film, for evidence",
        ["DropConnections"] = "a camera that hangs up",
        ["ActiveClip"] = "a camera that plays another clip",
        ["LoopsCompleted"] = "a camera's clip was played to its end",
        ["Plays"] = "how often a camera was begun with",
        ["WhenFramesSentAsync"] = "waits for a camera",
        ["ConnectionsAccepted"] = "how often a camera was connected to",
    };

    /// <summary>Called by the framework or MQTTnet, or part of a structure of the system's.</summary>
    private static readonly string[] Given =
    [
        "GetHashCode", "GetEnumerator", "Happened", "IsEnabled", "IsSecureConnection", "CreateClientAdapter",
    ];

    [Fact]
    public void Members_UnderAgent_AreUsed()
    {
        var texts = SourceFile.PathsIn("agent").Select(f => (f.Path, Text: File.ReadAllText(f.Full)));

        var dead = Unused([.. texts]).Except(ForTests.Keys).Except(Given);

        Assert.Empty(dead);
    }

    [Fact]
    public void Unused_OfSomeFiles_AreTheMembersNamedOnce()
    {
        const string X = """
            class X
            {
                public int Used => 1; // Dead
                public static void Dead() => _ = $"{Used}";
                internal readonly List<int> Gone = [];
                private bool IsTold { get; set; }
                public override string ToString() => "";
                void Log() => IsTold = true;
            }
            """;

        Assert.Equal(["Dead", "Gone"], Unused([("X.cs", X)]));
    }

    private static IEnumerable<string> Unused((string Path, string Text)[] files)
    {
        var codes = files.Select(f => Comment().Replace(f.Text, "")).ToArray();
        var once = codes.SelectMany(code => Word().Matches(code)).CountBy(word => word.Value)
            .Where(word => word.Value == 1).Select(word => word.Key).ToHashSet();
        return codes.SelectMany(code => Member().Matches(code))
            .Where(member => !member.Value.Contains(" override ", StringComparison.Ordinal))
            .Select(member => member.Groups["name"].Value)
            .Where(once.Contains);
    }

    // Not the slashes of an address.
    [GeneratedRegex(@"(?<!:)//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b[A-Za-z_]\w*\b")]
    private static partial Regex Word();

    // Has to say who may use it, so that locals and expressions are none; what follows the name ends a field, begins a
    // property or a method.
    [GeneratedRegex(
        @"^[ ]+(?:public|internal|private|protected)[ ]+"
        + @"(?:(?:static|sealed|abstract|virtual|override|readonly|async|const|unsafe|partial|required|ref|volatile|new)[ ]+)*"
        + @"[\w<>\[\],.?() *]+?[ ]+(?<name>[A-Za-z_]\w*)\s*(?:\(|\{|=|;|<)",
        RegexOptions.Multiline)]
    private static partial Regex Member();
}
