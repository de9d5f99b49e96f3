using System.Globalization;
using System.Text;
using System.Text.Json;
using Picket.Agent.Config;
using Picket.Agent.Infer;
using Picket.Agent.Link;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;

namespace Picket.Tests.Fuzz;

/// <summary>What is brought to a node: answers of the center, files of its operator and of the model pack.</summary>
internal static class NodeTargets
{
    public static FuzzTarget Bundle(TempFolder temp)
    {
        var identity = new NodeIdentity(temp.Path);
        using var pki = new TestPki(temp.File("pki"));
        var bundle = Encoding.UTF8.GetBytes(pki.SignBundle(Enrollment.Request(identity, "gate-1")));
        return new FuzzTarget
        {
            Name = "certificate bundle",
            Seeds = [bundle],
            Bombs = [WireTargets.Filled("-----BEGIN CERTIFICATE-----\n", "MIIB", "\n-----END CERTIFICATE-----\n")],
            Words = WireTargets.Texts(
                "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN EC PRIVATE KEY-----\n"),
            Refusal = typeof(PicketException),
            BudgetBytes = 1 << 20,
            BudgetPerByte = 64,
            Costs = 4,
            Read = bytes =>
            {
                Assert.Equal("gate-1", Enrollment.Install(identity, Encoding.UTF8.GetString(bytes), "test"));
                return [.. File.ReadAllBytes(identity.CertificateFile), .. File.ReadAllBytes(identity.CaFile)];
            },
        };
    }

    public static FuzzTarget Configuration(TempFolder temp)
    {
        var path = temp.File("picket.yaml");
        return new FuzzTarget
        {
            Name = "configuration",
            Seeds = [File.ReadAllBytes(Repository.Path("packaging", "picket.yaml")), Encoding.UTF8.GetBytes(FullConfiguration)],
            Bombs = [.. YamlBombs().Select(Encoding.UTF8.GetBytes)],
            Words =
            [
                .. new[]
                {
                    "&a ", "*a", "? ", "- ", ": ", "{", "}", "[", "]", "!!binary ", "!!map ", "<<: *a\n", "|\n", ">-\n",
                    "%YAML 1.2\n", "---\n", "...\n",
                    "\t", "cameras:\n", "  - name: a\n    url: b\n", "~", ".nan", ".inf", "0x10",
                    "1_000", "!<tag:x> ", "\"\\ud800\"", "passwordFile: /dev/null\n",
                }.Select(Encoding.UTF8.GetBytes),
            ],
            Refusal = typeof(ConfigException),
            BudgetBytes = 4 << 20,
            BudgetPerByte = 2048,
            Costs = 2,
            RoundTrips = false, // nothing writes a configuration; ConfigurationRoundTripTests does
            Read = bytes =>
            {
                File.WriteAllBytes(path, bytes);
                var config = ConfigLoader.Load(path);
                Assert.InRange(config.Cameras.Count, 1, ConfigLoader.MaxCameras);
                Assert.All(config.Cameras, camera => Assert.True(camera.AnalysisPerSecond is >= 0.2 and <= 60));
                return Encoding.UTF8.GetBytes(config.ToString());
            },
        };
    }

    public static FuzzTarget PlateList(TempFolder temp)
    {
        var path = temp.File("list.csv");
        const string List =
            "plate,note,until,priority\nLEB-4821,\"case 4711, blue\",2026-12-31,1\r\n# a remark\nMH 12 DE 1433\n*4821,,,9\n"
            + "B?D51SMR,\"say \"\"hi\"\"\"\nÄÖ 12\n";
        return new FuzzTarget
        {
            Name = "plate list",
            Seeds = [Encoding.UTF8.GetBytes(List), [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(List)]],
            Bombs =
            [
                WireTargets.Filled("", "A\n", ""), WireTargets.Filled("A1,", "\"", "\n"), WireTargets.Filled("A1,\"", "x", "\"\n"),
                WireTargets.Filled("", "\n", "A1"), WireTargets.Filled("", "*A?\n", ""), WireTargets.Filled("A1", ",", "\n"),
            ],
            Words = WireTargets.Texts(
                ",", "\"", "\"\"", "\n", "\r", "*", "?", "#", "2026-02-30", "9999-12-31", "0", "10", "\0", "𝄞"),
            Refusal = typeof(PicketException),
            BudgetBytes = 256 * 1024,
            BudgetPerByte = 128,
            Costs = 2,
            Read = bytes =>
            {
                File.WriteAllBytes(path, bytes);
                var (entries, _, problems) = PlateListFile.Read(path);
                Assert.All(problems, problem => Assert.DoesNotContain(problem.Fault, char.IsControl));
                // With a header: a plate PLATE on the first line would be taken for one.
                return Encoding.UTF8.GetBytes("plate,note,until,priority\n" + string.Concat(entries.Select(Line)));
            },
        };

        static string Line(PlateListEntry entry)
        {
            var day = entry.LastDay == int.MaxValue ? "" : $"{DateOnly.FromDayNumber(entry.LastDay):yyyy-MM-dd}";
            var priority = entry.Priority == 0 ? "" : entry.Priority.ToString(CultureInfo.InvariantCulture);
            return $"{entry.Plate},\"{entry.Note.Replace("\"", "\"\"")}\",{day},{priority}\n";
        }
    }

    public static FuzzTarget RegionPack(TempFolder temp)
    {
        var folder = Repository.Path("models", "plates", "regions");
        return new FuzzTarget
        {
            Name = "region pack",
            Seeds =
            [
                .. new[] { "pk", "tr", "in" }
                    .Select(code => WithoutIncludes(File.ReadAllText(Path.Combine(folder, code + ".json")), code)),
            ],
            Words = PatternWords,
            Refusal = typeof(PicketException),
            BudgetBytes = 64 << 20, // the automaton's limit of 65,536 states; nothing of it is left after a refusal
            BudgetPerByte = 512,
            Costs = 8,
            RoundTrips = false, // compiled at once; nothing writes packs
            Read = bytes =>
            {
                File.WriteAllBytes(temp.File("xx.json"), bytes);
                var grammar = PlateGrammar.Load(temp.Path, ["xx"]);
                Assert.All(grammar.Formats, format => Assert.True(format.LogWeight <= 0 && float.IsFinite(format.LogWeight)));
                var fit = grammar.Fit("LEB4821", new PlateCosts(4, 0.35f, 1, 0.5f));
                Assert.True(float.IsFinite(fit.Prior));
                return [(byte)(fit.Format is null ? 'n' : 'y')];
            },
        };

        static byte[] WithoutIncludes(string json, string code) =>
            Encoding.UTF8.GetBytes(json.Replace($"\"region\": \"{code}\"", "\"region\": \"xx\""));
    }

    public static FuzzTarget Pattern() => new()
    {
        Name = "pattern of plates",
        Seeds = [.. new[] { "L{3} / D{3,4}", "[A-HJ2]{1,3} D{4}", "@city / 'BH' A{2}" }.Select(Encoding.UTF8.GetBytes)],
        Bombs =
        [
            WireTargets.Filled("", "L{0,16}", ""), WireTargets.Filled("L", " ", ""), WireTargets.Filled("[", "A", "]"),
            WireTargets.Filled("", "{1,16}", ""),
        ],
        Words = PatternWords,
        Refusal = typeof(FormatException),
        BudgetBytes = 8 << 20, // 256 states with an arc to each later one
        BudgetPerByte = 64,
        RoundTrips = false,
        Read = bytes =>
        {
            var (arcs, accepts) = PlatePattern.Compile(
                Encoding.UTF8.GetString(bytes), PlateAlphabet.Letters, 0,
                new Dictionary<string, IReadOnlyList<string>> { ["city"] = ["LEA", "KHI", "ISB"] });
            Assert.Equal(arcs.Length, accepts.Length);
            Assert.All(arcs.Index(), state => Assert.All(state.Item, arc => Assert.True(arc.Target > state.Index)));
            return [];
        },
    };

    public static FuzzTarget ModelCard(TempFolder temp)
    {
        var card = Repository.Path("models", "cards", "face-detect.json");
        return new FuzzTarget
        {
            Name = "model card",
            Seeds = [File.ReadAllBytes(card)],
            Bombs = WireTargets.JsonBombs,
            Refusal = typeof(PicketException),
            BudgetBytes = 512 * 1024,
            BudgetPerByte = 64,
            Costs = 2,
            Read = bytes =>
            {
                File.WriteAllBytes(temp.File("face-detect.json"), bytes);
                var read = Assert.Single(ModelCatalog.Open(temp.Path).Cards);
                Assert.True(read.Input.Width > 0 && read.Input.Height > 0);
                return JsonSerializer.SerializeToUtf8Bytes(read, ModelCardJson.Default.ModelCard);
            },
        };
    }

    public static FuzzTarget Confusions(TempFolder temp) => new()
    {
        Name = "plate confusions",
        Seeds = [File.ReadAllBytes(Repository.Path("models", "plates", "confusions.json"))],
        Bombs = WireTargets.JsonBombs,
        Refusal = typeof(PicketException),
        BudgetBytes = 512 * 1024,
        BudgetPerByte = 64,
        Costs = 2,
        RoundTrips = false, // nothing writes it
        Read = bytes =>
        {
            File.WriteAllBytes(temp.File("confusions.json"), bytes);
            var read = PlateConfusions.Load(temp.File("confusions.json"));
            Assert.True(read.Probability(1, 2, 0.5) is >= 0 and <= 0.5);
            return [];
        },
    };

    private static readonly IReadOnlyList<byte[]> PatternWords =
        WireTargets.Texts(
            "L", "D{16}", "{0,16}", "{99999999999}", "[A-Z]", "[Z-A]", "''", "'BH'", "@city", "@", "/", "{", "}", "{,}", "[]");

    private const string FullConfiguration = """
        node: gate-7
        state: /var/lib/picket
        models: /usr/share/picket/models
        cameras:
          - name: entry
            url: rtsp://192.168.1.10/stream1
            user: picket
            faces: true
            analysisPerSecond: 8
            smallestFacePixels: 24
            plates: true
            smallestPlatePixels: 60
            plateCrops: false
            regions: [pk, eu]
            masks:
              - [[0.0, 0.0], [0.3, 0.0], [0.3, 0.2], [0.0, 0.2]]
          - {name: exit, url: clip.mp4}
        faceList:
          folder: faces
          name: watchlist
          falseAlertsPerFace: 0.0001
        lists:
          - {name: stolen, file: stolen.csv, falseHitsPerPassage: 0.0001}
        link:
          endpoints: [center.example:8883, "10.0.0.1:8883"]
          windowBytes: 65536
        outbox:
          budgetMegabytes: 1024
          keepAckedDays: 7

        """;

    /// <summary>As large as a configuration may be (64 kB), and as costly.</summary>
    private static IEnumerable<string> YamlBombs()
    {
        const int Size = 64 * 1024;
        const string Head = "node: n\nstate: s\n";
        yield return Head + "x: " + new string('[', Size - 100);
        yield return Head + "x: " + string.Concat(Enumerable.Repeat("{a: ", Size / 4 - 100));
        yield return string.Concat(Enumerable.Repeat("- ", Size / 2 - 10));
        yield return string.Concat(Enumerable.Repeat("? ", Size / 2 - 10));
        yield return "&a [*a]";
        yield return Head + "x: &a {y: *a}\n? *a\n: 1\n";
        // "A billion laughs", and the same over lists that are read: masks of corners, cameras of masks.
        yield return "a: &a [x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 24).Select(
            i => $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i - 1)} ", 9))}]\n"));
        yield return $"m: &m [{string.Join(',', Enumerable.Repeat("[0,0]", 2500))}]\n"
            + $"k: &k [{string.Join(',', Enumerable.Repeat("*m ", 4000))}]\n"
            + $"c: &c {{name: a, url: b, masks: *k }}\n{Head}cameras: [{string.Join(',', Enumerable.Repeat("*c ", 4000))}]\n";
        yield return Head + string.Concat(Enumerable.Range(0, 6000).Select(i => $"k{i}: 1\n"));
        yield return Head + "cameras:\n" + string.Concat(Enumerable.Repeat("- {name: a}\n", 5000));
        yield return Head + "x: \"" + string.Concat(Enumerable.Repeat("\\x41", 15_000)) + "\"";
        yield return Head + "x: '" + new string('\'', 60_000);
        yield return new string(' ', Size - 10);
        yield return new string('\n', Size - 10);
    }
}
