using Picket.Agent.Config;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Config;

public sealed class ConfigLoaderTests
{
    private const string Least = "node: n1\nstate: s\ncameras:\n  - name: c1\n    url: rtsp://10.0.0.7/a\n";

    [Fact]
    public void Parse_ShippedFile_EqualsTheDefaults()
    {
        var config = ConfigLoader.Load(Path.Combine(Repository.Root, "packaging", "picket.yaml"));
        Assert.Equal(
            new CameraConfig { Name = "camera-1", Url = "rtsp://192.168.1.10/stream1" },
            config.Cameras[0] with
            {
                Masks = new CameraConfig { Name = "", Url = "" }.Masks,
                Regions = new CameraConfig { Name = "", Url = "" }.Regions,
            });
        Assert.Empty(config.Cameras[0].Masks);
        Assert.Empty(config.Cameras[0].Regions);
        Assert.Empty(config.Lists);
        Assert.Equal(new OutboxConfig(), config.Outbox);
        Assert.Equal(new LinkConfig().WindowBytes, config.Link.WindowBytes);
        Assert.Empty(config.Link.Endpoints);
        Assert.Null(config.Link.Spool);
        Assert.Null(config.FaceList);
        Assert.Equal(new MetricsConfig(), config.Metrics);
        Assert.Equal((null, null), (config.Metrics.Port, config.Metrics.Otlp));
    }

    [Fact]
    public void Parse_ShippedFileUncommented_KnowsEveryKey()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "packaging", "picket.yaml"));
        var password = Path.GetTempFileName();
        try
        {
            File.WriteAllText(password, "geheim\n");
            // A commented key is '#key:' without a space; prose is "# prose" with one space.
            var text = string.Join('\n', lines
                .Where(l => !l.Contains("passwordEnvironment") && l.Trim() != "masks: []")
                .Select(l => System.Text.RegularExpressions.Regex.Replace(l, "^( *)#(?! \\S)", "$1")))
                .Replace("/etc/picket/camera-1.password", password);
            var config = ConfigLoader.Parse(text, "/etc/picket/picket.yaml");
            Assert.Equal(new FaceListConfig { Folder = "/var/lib/picket/faces" }, config.FaceList);
            Assert.Equal(
                new PlateListConfig { Name = "stolen", File = "/var/lib/picket/stolen.csv" }, Assert.Single(config.Lists));
            Assert.Equal(new SpoolConfig { Folder = "/media/picket" }, config.Link.Spool);
            Assert.Equal(
                new MetricsConfig { Port = 9464, Otlp = new Uri("http://127.0.0.1:4318/v1/metrics") }, config.Metrics);
            Assert.Equal(("picket", "geheim"), (config.Cameras[0].User, config.Cameras[0].Password!.Read()));
            Assert.DoesNotContain("geheim", config.ToString());
            Assert.Equal(4, Assert.Single(config.Cameras[0].Masks).Count);
        }
        finally
        {
            File.Delete(password);
        }
    }

    [Theory]
    [InlineData("speed: 5\n", "speed is unknown; known here: cameras")]
    [InlineData("outbox:\n  size: 4\n", "outbox.size is unknown")]
    [InlineData("outbox:\n  budgetMegabytes: lots\n", "outbox.budgetMegabytes is 'lots', must be 4 to 1048576 MB")]
    [InlineData("link:\n  endpoints: [somewhere]\n", "link.endpoints has 'somewhere', must be host:port")]
    [InlineData("link: here\n", "link must be a section")]
    [InlineData("metrics:\n  port: 70000\n", "metrics.port is '70000', must be 0 to 65535")]
    [InlineData("metrics:\n  otlp: collector\n", "metrics.otlp has 'collector', must be an address such as http")]
    [InlineData("metrics:\n  otlp: http://me:secret@10.0.0.9:4318/\n", "metrics.otlp has 'http://***@10.0.0.9:4318/', must be")]
    [InlineData("metrics:\n  bind: 0.0.0.0\n", "metrics.bind is unknown")]
    [InlineData("faceList: {}\n", "faceList.folder is missing")]
    [InlineData("lists:\n  - name: a\n", "lists[0].file is missing")]
    [InlineData("lists:\n  - name: A\n    file: f\n", "lists[0].name must be 1 to 63")]
    [InlineData("lists:\n  - {name: a, file: f}\n  - {name: a, file: g}\n", "lists[1].name 'a' is used twice")]
    [InlineData("lists:\n  - {name: a, file: f, budget: 1}\n", "lists[0].budget is unknown")]
    [InlineData("lists:\n  - {name: a, file: f, falseHitsPerPassage: 2}\n", "must be 1E-07 to 0.1 false hits")]
    public void Parse_WrongKeyOrValue_SaysWhereAndWhat(string more, string expected)
    {
        var e = Assert.Throws<ConfigException>(() => ConfigLoader.Parse(Least + more, "/x/picket.yaml"));
        Assert.Contains(expected, e.Message);
        Assert.Contains("/x/picket.yaml: line ", e.Message);
        Assert.Equal(ExitCode.BadUsage, e.ExitCode);
    }

    [Fact]
    public void Parse_PlateKeys_AreRead()
    {
        var camera = ConfigLoader.Parse(
            Least + "    faces: false\n    plates: true\n    plateCrops: false\n    smallestPlatePixels: 60\n    regions: [pk, eu]\n"
            + "lists:\n  - {name: stolen, file: lists/a.csv, falseHitsPerPassage: 0.001}\n", "/x/picket.yaml");
        Assert.Equal((false, true, false, 60), (
            camera.Cameras[0].Faces, camera.Cameras[0].Plates, camera.Cameras[0].PlateCrops,
            camera.Cameras[0].SmallestPlatePixels));
        Assert.Equal(["pk", "eu"], camera.Cameras[0].Regions);
        Assert.Equal(
            new PlateListConfig { Name = "stolen", File = "/x/lists/a.csv", FalseHitsPerPassage = 0.001 },
            Assert.Single(camera.Lists));
    }

    [Theory]
    [InlineData("regions: [PK]", "has 'PK', must be a code")]
    [InlineData("regions: pk", "must be a list")]
    [InlineData("plates: yes", "must be true or false")]
    [InlineData("smallestPlate: 3", "smallestPlate is unknown")]
    public void Parse_WrongCameraKeyOrValue_SaysWhereAndWhat(string line, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<ConfigException>(() => ConfigLoader.Parse($"{Least}    {line}\n", "p")).Message);

    [Fact]
    public void Parse_SeveralErrors_ListsThemAll()
    {
        var e = Assert.Throws<ConfigException>(
            () => ConfigLoader.Parse(
                "node: Gate 7\ncameras:\n  - name: c1\n  - name: c1\n    url: nonsense://\n", "p"));
        Assert.Contains("node must be 1 to 63", e.Message);
        Assert.Contains("state is missing", e.Message);
        Assert.Contains("cameras[0].url is missing", e.Message);
        Assert.Contains("'c1' is used twice", e.Message);
    }

    [Fact]
    public void Parse_PasswordInUrl_IsRefusedWithoutRepeatingIt()
    {
        var e = Assert.Throws<ConfigException>(
            () => ConfigLoader.Parse(Least.Replace("rtsp://10.0.0.7", "rtsp://admin:hunter2@10.0.0.7"), "p"));
        Assert.Contains("carries credentials", e.Message);
        Assert.DoesNotContain("hunter2", e.Message);
    }

    // A password may hold every character that ends a part of an address.
    [Theory]
    [InlineData("rtsp://admin:hun#ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun/ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun?ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun@ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun:ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun\\ter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun%zzter2@10.0.0.7/a")]
    [InlineData("rtsp://admin:hun\u0645ter2@10.0.0.7/a")]
    [InlineData("RTSP://hunter2@10.0.0.7/a")]
    [InlineData("rtsp:/admin:hunter2@10.0.0.7/a")]
    [InlineData("rtsp:admin:hunter2@10.0.0.7/a")]
    [InlineData("http://admin:hunter2@10.0.0.7/a")]
    [InlineData("admin:hunter2@10.0.0.7/a")]
    public void Parse_CredentialsInAnySpelling_AreRefusedWithoutRepeatingThem(string url)
    {
        var e = Assert.Throws<ConfigException>(
            () => ConfigLoader.Parse(Least.Replace("rtsp://10.0.0.7/a", $"'{url}'"), "p"));
        Assert.Contains("p: line 5: cameras[0].url carries credentials; write 'user: NAME'", e.Message);
        Assert.DoesNotContain("hun", e.Message);
        Assert.DoesNotContain("ter2", e.Message);
    }

    [Theory]
    [InlineData("url: rtsp://10.0.0.7/a", "url: http://10.0.0.7/video.mjpg", "line 5: cameras[0].url is of kind http://")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: rtsps://10.0.0.7/a", "line 5: cameras[0].url is of kind rtsps://")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: rtsp://10.0.0.7:70000/a", "line 5: cameras[0].url is not an address")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: rtsp:///a", "line 5: cameras[0].url is not an address")]
    [InlineData("url: rtsp://10.0.0.7/a", "url:", "line 5: cameras[0].url has no value")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: ~", "line 5: cameras[0].url has no value")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: null", "line 5: cameras[0].url has no value")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: ''", "line 5: cameras[0].url has no value")]
    [InlineData("url: rtsp://10.0.0.7/a", "url: ~/clip.mp4", "line 5: cameras[0].url begins with '~'")]
    [InlineData("state: s", "state: ~", "line 2: state has no value")]
    [InlineData("state: s", "state: \"a\\0b\"", "line 2: state has a character that no path can have")]
    [InlineData("node: n1", "node: null", "line 1: node has no value")]
    [InlineData("name: c1", "name: ~", "line 4: cameras[0].name has no value")]
    public void Parse_WhatCanNeverWork_IsRefusedWithItsLine(string line, string instead, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<ConfigException>(() => ConfigLoader.Parse(Least.Replace(line, instead), "p")).Message);

    [Theory]
    [InlineData("mqtts://localhost:8883", "it has a scheme")]
    [InlineData("fd00::12:8883", "without brackets")]
    [InlineData("localhost", "it has no port")]
    [InlineData("localhost:0", "port that is none")]
    [InlineData("localhost:65536", "port that is none")]
    [InlineData("localhost:-1", "port that is none")]
    [InlineData("local host:8883", "no host's name")]
    [InlineData(":8883", "no host's name")]
    [InlineData("10.0.0.256:8883", "no host's name")]
    [InlineData("~", "it has no port")]
    [InlineData("", "it has no port")]
    [InlineData("a:1', 'a:1", "stands there twice")]
    public void Parse_EndpointThatIsNone_IsRefused(string endpoint, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<ConfigException>(
                () => ConfigLoader.Parse($"{Least}link: {{endpoints: ['{endpoint}']}}\n", "p")).Message);

    [Fact]
    public void Parse_EndpointOfIPv6_IsTakenWithoutItsBrackets() =>
        Assert.Equal(
            [new("fd00::12", 8883), new("center.example", 1)],
            ConfigLoader.Parse($"{Least}link: {{endpoints: ['[fd00::12]:8883', 'center.example:1']}}\n", "p").Link.Endpoints);

    // Every key of the manual: nothing in the place of its value is refused, and so is what is no number where one belongs.
    [Fact]
    public void Parse_NothingOrNoNumberForAnyKey_IsRefused()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "packaging", "picket.yaml"))
            .Where(l => l.Trim() != "masks: []")
            .Select(l => System.Text.RegularExpressions.Regex.Replace(l, "^( *)#(?! \\S)", "$1"))
            .ToArray();
        for (var i = 0; i < lines.Length; i++)
        {
            var match = System.Text.RegularExpressions.Regex.Match(lines[i], @"^([ -]*)(\w+): *([^ #].*)$");
            if (!match.Success) continue;
            string[] instead = double.TryParse(match.Groups[3].Value, out _)
                ? ["", "~", "null", ".nan", "NaN", "Infinity", "-Infinity", "-1", "1e300", "[]", "{}", "many"]
                : ["", "~", "null"];
            foreach (var value in instead)
            {
                string[] changed = [.. lines];
                changed[i] = $"{match.Groups[1].Value}{match.Groups[2].Value}: {value}";
                var e = Assert.Throws<ConfigException>(() => ConfigLoader.Parse(string.Join('\n', changed), "p"));
                Assert.Contains($"line {i + 1}: ", e.Message);
            }
        }
    }

    [Fact]
    public void Parse_PasswordInThePlaceOfItsVariable_IsNotRepeated()
    {
        var e = Assert.Throws<ConfigException>(
            () => ConfigLoader.Parse($"{Least}    user: u\n    passwordEnvironment: hunter-2\n", "p"));
        Assert.Contains("must be the name of an environment variable", e.Message);
        Assert.DoesNotContain("hunter", e.Message);
    }

    [Theory]
    [InlineData("- a\n- b\n")]
    [InlineData("")]
    [InlineData("node: [")]
    [InlineData("a: &a [*a, *a]\n---\nb: 1\n")]
    public void Parse_NotAMapping_IsRefused(string text) =>
        Assert.Throws<ConfigException>(() => ConfigLoader.Parse(text, "p"));

    /// <summary>The YAML library calls itself for each bracket: without a limit, 60,000 of them end the process.</summary>
    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Parse_DeepNesting_IsRefused(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 60_000 / piece.Length));
        Assert.Contains("deep", Assert.Throws<ConfigException>(() => ConfigLoader.Parse(text, "p")).Message);
    }

    [Fact]
    public void Load_MissingFile_NamesIt()
    {
        var e = Assert.Throws<ConfigException>(() => ConfigLoader.Load("/nonexistent/picket.yaml"));
        Assert.Contains("/nonexistent/picket.yaml", e.Message);
    }
}
