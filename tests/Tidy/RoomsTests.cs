using System.Text.RegularExpressions;

namespace Picket.Tests.Tidy;

/// <summary>Holds the map of the program: which room may use which, and where a type lies.</summary>
public sealed partial class RoomsTests
{
    private const string Everything = "*";

    /// <summary>
    /// Uses of the rooms of <c>agent/Agent</c>, direct ones all named; Config and Telemetry are open to all.
    /// </summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Config"] = ["Wire"], // what may be a name
        ["Telemetry"] = ["Wire"], // losses and warnings are those of node.health
        ["Imaging"] = [],
        ["Infer"] = ["Imaging"], // the layouts that a model's card names
        ["Ingest"] = ["Imaging", "Wire"], // Wire: what may be printed of an address
        ["Detect"] = ["Ingest", "Imaging", "Infer"],
        ["Track"] = ["Detect"],
        ["Recognize"] = ["Ingest", "Imaging", "Infer", "Detect", "Track"], // Detect: a tracked object's box and points
        ["Decide"] = ["Detect", "Track", "Recognize", "Wire"],
        ["Outbox"] = ["Wire"],
        ["Link"] = ["Outbox", "Wire", "Mqtt"],
        ["Web"] = ["Pipeline", "Outbox"],
        ["Pipeline"] =
        [
            "Ingest", "Imaging", "Infer", "Detect", "Track", "Recognize", "Decide", "Outbox", "Link", "Wire",
        ],
        ["Cli"] = [Everything],
    };

    private static readonly string[] OpenToAll = ["Config", "Telemetry"];

    /// <summary>
    /// Uses among the projects under <c>agent/</c>, by the first part of the namespace behind <c>Picket.</c>
    /// </summary>
    private static readonly Dictionary<string, string[]> ProjectMayUse = new()
    {
        ["Wire"] = [],
        ["Host"] = ["Wire"],
        ["Mqtt"] = [],
        ["CameraSim"] = [],
        ["Center"] = ["Wire", "Host", "Mqtt"],
        ["Agent"] = ["Wire", "Host", "Mqtt", "CameraSim"],
    };

    [Fact]
    public void Rooms_OfTheAgent_UseOnlyWhatTheirPlaceAllows()
    {
        var faults = SourceFile.OfAgent.SelectMany(RoomFaults);

        Assert.Empty(faults);
    }

    [Fact]
    public void Projects_UnderAgent_UseOnlyWhatTheirPlaceAllows()
    {
        var faults =
            from file in SourceFile.OfAgent
            let project = file.Path.Split('/')[1]
            from match in QualifiedName().Matches(file.Code)
            let used = match.Groups["first"].Value
            where used != project && !ProjectMayUse[project].Contains(used)
            select $"{file.At(match)}: {project} uses {used}";

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("namespace Picket.Agent.Track;\nusing Picket.Agent.Link;", "Link")]
    [InlineData("namespace Picket.Agent.Track;\nusing static Picket.Agent.Link.Backoff;", "Link")]
    [InlineData("namespace Picket.Agent.Track;\nvar x = new Picket.Agent.Outbox.OutboxStore();", "Outbox")]
    [InlineData("namespace Picket.Agent.Track;\nvar x = new Outbox.OutboxStore();", "Outbox")]
    [InlineData("namespace Picket.Agent.Track;\nusing Picket.Wire;", "Wire")]
    public void RoomFaults_ForbiddenUse_IsFound(string code, string used)
    {
        var fault = Assert.Single(RoomFaults(SourceFile.Parse("agent/Agent/Track/X.cs", code)));

        Assert.Equal($"agent/Agent/Track/X.cs:2: Track uses {used}", fault);
    }

    [Theory]
    [InlineData("using Picket.Agent.Detect;")]
    [InlineData("using Picket.Agent.Config;")]
    [InlineData("// Picket.Agent.Link")]
    [InlineData("var x = \"Picket.Agent.Link\";")]
    [InlineData("var x = camera.Link.Name;")]
    public void RoomFaults_AllowedUse_IsNone(string code) =>
        Assert.Empty(RoomFaults(SourceFile.Parse("agent/Agent/Track/X.cs", code)));

    [Fact]
    public void Types_UnderAgent_AreOneToAFileOfTheirName()
    {
        var faults = new List<string>();
        foreach (var file in SourceFile.OfAgent)
        {
            // Top-level types stand at the line's beginning, since namespaces are file-scoped.
            var types = TopLevelType().Matches(file.Code).Select(m => m.Groups["name"].Value).Distinct().ToArray();
            if (types.Length == 0 && file.Name is not ("Program" or "AssemblyInfo"))
                faults.Add($"{file.Path}: no type");
            if (types.Length > 1) faults.Add($"{file.Path}: {string.Join(" and ", types)} in one file");
            if (types.Length == 1 && types[0] != file.Name.Split('.')[0]) faults.Add($"{file.Path}: holds {types[0]}");
        }

        Assert.Empty(faults);
    }

    [Fact]
    public void Namespaces_UnderAgent_AreTheFolders()
    {
        var faults =
            from file in SourceFile.OfAgent
            from match in Namespace().Matches(file.Code)
            let expected = "Picket" + file.Folder["agent".Length..].Replace('/', '.')
            where match.Groups["name"].Value != expected
            select $"{file.At(match)}: {match.Groups["name"].Value}, should be {expected}";

        Assert.Empty(faults);
    }

    private static IEnumerable<string> RoomFaults(SourceFile file)
    {
        const string Rooms = "agent/Agent/";
        var below = file.Path.StartsWith(Rooms, StringComparison.Ordinal) ? file.Path[Rooms.Length..] : "";
        if (!below.Contains('/')) yield break; // another project, or a file of no room
        var room = below[..below.IndexOf('/')];
        if (!MayUse.TryGetValue(room, out var allowed))
        {
            yield return $"{file.Path}: the map has no room {room}; say here what it may use";
            yield break;
        }
        if (allowed.Contains(Everything)) yield break;
        foreach (Match match in QualifiedName().Matches(file.Code))
        {
            var used = match.Groups["first"].Value == "Agent"
                ? match.Groups["second"].Value
                : match.Groups["first"].Value;
            if (!MayUse.ContainsKey(used) && match.Groups["first"].Value == "Agent") continue; // a type of no room
            if (used != room && !allowed.Contains(used) && !OpenToAll.Contains(used))
                yield return $"{file.At(match)}: {room} uses {used}";
        }
        foreach (Match match in RelativeName().Matches(file.Code))
        {
            // Within Picket.Agent.Track, Link.Backoff means Picket.Agent.Link.Backoff.
            var used = match.Groups["room"].Value;
            if (MayUse.ContainsKey(used) && used != room && !allowed.Contains(used) && !OpenToAll.Contains(used))
                yield return $"{file.At(match)}: {room} uses {used}";
        }
    }

    [GeneratedRegex(@"(?<!namespace )(?<![\w.])Picket\.(?<first>[A-Z]\w*)(\.(?<second>[A-Z]\w*))?")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"(?<![\w.])(?<room>[A-Z][a-z]+)\.[A-Z]\w+")]
    private static partial Regex RelativeName();

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|unsafe|partial)\s+)*"
        + @"(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?|delegate\s+[\w<>\[\]?]+)\s+(?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
