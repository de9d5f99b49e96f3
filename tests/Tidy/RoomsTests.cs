using System.Text.RegularExpressions;

namespace Picket.Tests.Tidy;

/// <summary>Holds the map of the program: which room may use which, and where a type lies.</summary>
public sealed partial class RoomsTests
{
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
        ["Track"] = ["Ingest", "Imaging"], // what all kinds of objects share: a lane takes frames, tiles are regions
        ["Lists"] = ["Wire"], // what lists of all kinds share; how they are is told as in list.applied
        ["Faces"] = ["Ingest", "Imaging", "Infer", "Track", "Lists", "Outbox", "Wire"],
        ["Plates"] = // Faces: those that no picture of a vehicle may show
        [
            "Ingest", "Imaging", "Infer", "Track", "Lists", "Faces", "Outbox", "Wire",
        ],
        ["Outbox"] = ["Wire"],
        ["Link"] = ["Outbox", "Wire", "Mqtt"],
        ["Pipeline"] =
        [
            "Ingest", "Imaging", "Infer", "Track", "Lists", "Faces", "Plates", "Outbox", "Link", "Wire",
        ],
        ["Cli"] = // puts the rooms together; a verb never speaks MQTT itself
        [
            "Imaging", "Infer", "Ingest", "Track", "Faces", "Plates", "Outbox", "Link", "Pipeline", "Wire", "CameraSim",
        ],
    };

    /// <summary>The same for the rooms of <c>agent/Center</c>, of which none is open to all.</summary>
    private static readonly Dictionary<string, string[]> CenterMayUse = new()
    {
        ["Audit"] = ["Enroll"], // the site's folder and its mark
        ["Store"] = ["Wire", "Enroll"],
        ["Enroll"] = // revocation reaches the running broker and its people; each is in the audit log
        [
            "Wire", "Mqtt", "Audit", "Broker", "Web",
        ],
        ["Receive"] = ["Wire", "Mqtt", "Store", "Enroll"],
        ["Broker"] = ["Wire", "Mqtt", "Receive", "Enroll"],
        ["Web"] = ["Wire", "Enroll", "Receive", "Store", "Audit"],
        ["Cli"] = ["Wire", "Audit", "Broker", "Enroll", "Receive", "Store", "Web"],
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

    /// <summary>A longer file holds more than one idea.</summary>
    private const int MostLines = 420;

    /// <summary>A longer type is an idea of its own.</summary>
    private const int MostLinesBelow = 40;

    /// <summary>Why these are longer.</summary>
    private static readonly Dictionary<string, string> TooLongStill = new()
    {
        ["agent/Center/Store/PostgresStore.cs"] = "the statements of one store, read beside SqliteStore's",
    };

    [Fact]
    public void Rooms_OfNodeAndCenter_UseOnlyWhatTheirPlaceAllows()
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

    /// <summary>A frame is planes and times, whoever decoded it: a source of another kind changes nothing behind it.</summary>
    [Fact]
    public void Libav_OfTheAgent_IsKnownToItsSourcesAndTheStartOnly()
    {
        string[] known =
        [
            "FileSource", "RtspSource", "RtspRefusal", "StreamClock", // what it reads, says and calls a time
            "NeededParts", "NativeLibraries", // looked for at the start
        ];

        var users = SourceFile.OfAgent
            .Where(file => !file.Path.Contains("/Ingest/Libav/") && file.Code.Contains("Libav", StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file.Path));

        Assert.Equal(known.Order(), users.Order());
    }

    [Theory]
    [InlineData("namespace Picket.Agent.Track;\nusing Picket.Agent.Link;", "Link")]
    [InlineData("namespace Picket.Agent.Track;\nusing static Picket.Agent.Link.LinkPump;", "Link")]
    [InlineData("namespace Picket.Agent.Track;\nvar x = new Picket.Agent.Outbox.OutboxStore();", "Outbox")]
    [InlineData("namespace Picket.Agent.Track;\nvar x = new Outbox.OutboxStore();", "Outbox")]
    [InlineData("namespace Picket.Agent.Track;\nusing Picket.Wire;", "Wire")]
    public void RoomFaults_ForbiddenUse_IsFound(string code, string used)
    {
        var fault = Assert.Single(RoomFaults(SourceFile.Parse("agent/Agent/Track/X.cs", code)));

        Assert.Equal($"agent/Agent/Track/X.cs:2: Track uses {used}", fault);
    }

    [Theory]
    [InlineData("using Picket.Agent.Ingest;")]
    [InlineData("using Picket.Agent.Config;")]
    [InlineData("// Picket.Agent.Link")]
    [InlineData("var x = \"Picket.Agent.Link\";")]
    [InlineData("var x = camera.Link.Name;")]
    public void RoomFaults_AllowedUse_IsNone(string code) =>
        Assert.Empty(RoomFaults(SourceFile.Parse("agent/Agent/Track/X.cs", code)));

    [Fact]
    public void Files_UnderAgent_AreOneIdeaEach() => Assert.Empty(SourceFile.OfAgent.SelectMany(IdeaFaults));

    [Fact]
    public void TooLongFiles_NamedHere_AreTooLongStill() =>
        Assert.All(TooLongStill.Keys, path =>
            Assert.True(Lines(SourceFile.OfAgent.Single(f => f.Path == path).Code) > MostLines, path));

    [Theory]
    [InlineData("class X(Y y);\nenum Y;")]
    [InlineData("abstract class X;\nclass Y : X\n{\n}")]
    [InlineData("class X\n{\n    Y _y;\n    Z _z;\n}\n\n/// Of X.\n[A(\n    1)]\nrecord Y(\n    int X);\n\nstruct Z\n{\n}")]
    [InlineData("partial class X;\npartial class X;")]
    public void IdeaFaults_OneIdea_IsNone(string code) =>
        Assert.Empty(IdeaFaults(SourceFile.Parse("agent/Agent/Track/X.cs", code)));

    [Fact]
    public void IdeaFaults_OtherThanOneIdea_AreFound()
    {
        var inside = string.Concat(Enumerable.Repeat("    int _a;\n", MostLinesBelow));

        Assert.Equal(["X.cs: no type X, but Y"], Faults("class Y;"));
        Assert.Equal(["X.cs: no type X, but nothing"], Faults("int Y;"));
        Assert.Equal(["X.cs:2: Y and X have nothing to do with each other"], Faults("class X;\nclass Y;"));
        Assert.Equal(
            [$"X.cs:3: Y has {MostLinesBelow + 3} lines, at most {MostLinesBelow} below another; a file of its own"],
            Faults($"class X(Y y);\n[A]\nclass Y\n{{\n{inside}}}\n"));
        Assert.Equal(
            [$"X.cs: {MostLines + 1} lines, at most {MostLines}"],
            Faults($"class X;{new string('\n', MostLines + 1)}"));

        static IEnumerable<string> Faults(string code) => IdeaFaults(SourceFile.Parse("agent/Agent/Track/X.cs", code))
            .Select(fault => fault["agent/Agent/Track/".Length..]);
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
        var parts = file.Path.Split('/');
        if (parts.Length < 4 || parts[1] is not ("Agent" or "Center")) yield break; // another project, or a file of no room
        var (project, room) = (parts[1], parts[2]);
        var (rooms, open) = project == "Agent" ? (MayUse, OpenToAll) : (CenterMayUse, []);
        if (!rooms.TryGetValue(room, out var allowed))
        {
            yield return $"{file.Path}: the map has no room {room}; say here what it may use";
            yield break;
        }
        foreach (Match match in QualifiedName().Matches(file.Code))
        {
            var isOwn = match.Groups["first"].Value == project;
            var used = match.Groups[isOwn ? "second" : "first"].Value;
            if (isOwn && !rooms.ContainsKey(used)) continue; // a type of no room
            if (used != room && !allowed.Contains(used) && !open.Contains(used))
                yield return $"{file.At(match)}: {room} uses {used}";
        }
        foreach (Match match in RelativeName().Matches(file.Code))
        {
            // Within Picket.Agent.Track, Link.LinkPump means Picket.Agent.Link.LinkPump.
            var used = match.Groups["room"].Value;
            if (rooms.ContainsKey(used) && used != room && !allowed.Contains(used) && !open.Contains(used))
                yield return $"{file.At(match)}: {room} uses {used}";
        }
    }

    /// <summary>
    /// A file has a type of its name. The others in it stand below it: small, and each handed out or taken by another
    /// type of the file, or made of the main one.
    /// </summary>
    private static IEnumerable<string> IdeaFaults(SourceFile file)
    {
        var main = file.Name.Split('.')[0];
        // Top-level types stand at the line's beginning, since namespaces are file-scoped.
        var types = TopLevelType().Matches(file.Code);
        var names = types.Select(m => m.Groups["name"].Value).Distinct().ToArray();
        if (!names.Contains(main))
        {
            if (main is not ("Program" or "AssemblyInfo"))
                yield return $"{file.Path}: no type {main}, but {(names.Length == 0 ? "nothing" : string.Join(", ", names))}";
            yield break;
        }
        if (Lines(file.Code) > MostLines && !TooLongStill.ContainsKey(file.Path))
            yield return $"{file.Path}: {Lines(file.Code)} lines, at most {MostLines}";
        var begin = 0; // where the attributes of the next type may stand
        foreach (var (at, type) in types.Index())
        {
            var name = type.Groups["name"].Value;
            var next = at + 1 < types.Count ? types[at + 1].Index : file.Code.Length;
            var end = type.Index + LastLine().Match(file.Code[type.Index..next]).Length;
            var whole = file.Code[begin..end];
            begin = end;
            if (name == main) continue;
            var lines = Lines(file.Code.AsSpan(type.Index, end - type.Index));
            if (lines > MostLinesBelow)
            {
                yield return $"{file.At(type)}: {name} has {lines} lines, at most {MostLinesBelow} below another; "
                    + "a file of its own";
            }
            var others = file.Code[..type.Index] + file.Code[end..];
            if (!Regex.IsMatch(others, $@"\b{name}\b") && !Regex.IsMatch(whole, $@"\b{main}\b"))
                yield return $"{file.At(type)}: {name} and {main} have nothing to do with each other";
        }
    }

    private static int Lines(ReadOnlySpan<char> code) => code.Count('\n');

    [GeneratedRegex(@"(?<!namespace )(?<![\w.])Picket\.(?<first>[A-Z]\w*)(\.(?<second>[A-Z]\w*))?")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"(?<![\w.])(?<room>[A-Z][a-z]+)\.[A-Z]\w+")]
    private static partial Regex RelativeName();

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|unsafe|partial)\s+)*"
        + @"(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?|delegate\s+[\w<>\[\]?]+)\s+(?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    // A type with a body ends with a brace at the line's beginning, one without with a semicolon; what follows of comments
    // and attributes is the next one's.
    [GeneratedRegex(@"^.*(?:^\}|;[ ]*$)\n?", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex LastLine();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
