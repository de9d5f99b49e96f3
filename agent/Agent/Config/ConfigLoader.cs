using System.Globalization;
using System.Numerics;
using Picket.Wire;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Picket.Agent.Config;

/// <summary>
/// Reads <c>picket.yaml</c>: the only place that does. Relative paths are taken from the file's folder.
/// </summary>
internal static class ConfigLoader
{
    /// <summary>A node has at most 16 cameras (design); a file of 64 kB holds them a hundred times over.</summary>
    public const int MaxCameras = 16;

    /// <summary>Each is searched for every plate that is read; a list holds 100,000.</summary>
    private const int MaxLists = 8;
    private const int MaxFileBytes = 64 * 1024;
    private const int MaxPolygonCorners = 64;

    /// <summary>A mask's corner is the deepest, at 6. The parser calls itself for each level: 60,000 brackets would end the
    /// process.</summary>
    private const int MaxDepth = 16;

    /// <exception cref="ConfigException">With every error of the file.</exception>
    public static NodeConfig Load(string path)
    {
        string text;
        try
        {
            text = BoundedFile.ReadText(path, MaxFileBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"{path}: can't be read ({e.Message}); name the file with --config");
        }
        return Parse(text, path);
    }

    internal static NodeConfig Parse(string text, string path)
    {
        var yaml = new YamlStream();
        try
        {
            CheckDepth(text, path);
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new ConfigException($"{path}: line {e.Start.Line}: not YAML: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet fails in these ways on some texts, such as one without quotes that continues over a line in brackets.
            throw new ConfigException($"{path}: not YAML: it can't be read at all; compare it with the shipped picket.yaml");
        }
        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
            throw new ConfigException($"{path}: must be one YAML mapping, beginning with 'state: DIR'");

        var errors = new List<string>();
        var config = Read(new YamlSection(root, "", errors), Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (errors.Count > 0)
            throw new ConfigException(string.Join(Environment.NewLine, errors.Select(e => $"{path}: {e}")));
        return config;
    }

    private static void CheckDepth(string text, string path)
    {
        var events = new Parser(new StringReader(text));
        var depth = 0;
        while (events.MoveNext())
        {
            depth += events.Current!.NestingIncrease;
            if (depth > MaxDepth)
                throw new ConfigException($"{path}: line {events.Current.Start.Line}: sections within sections, more than {MaxDepth} deep");
        }
    }

    private static NodeConfig Read(YamlSection root, string folder)
    {
        var node = root.Text("node") ?? "";
        if (node.Length > 0 && !Topics.IsName(node)) root.Error("node", "must be 1 to 63 of a-z, 0-9 and '-'");
        var config = new NodeConfig
        {
            Node = node,
            StateFolder = root.FilePath("state", folder, required: true)!,
            ModelFolder = root.FilePath("models", folder),
            Cameras = Cameras(root, folder),
            FaceList = FaceList(root.Child("faceList"), folder),
            Lists = PlateLists(root, folder),
            Link = Link(root.Child("link"), folder),
            Outbox = Outbox(root.Child("outbox")),
            Metrics = Metrics(root.Child("metrics")),
        };
        root.Done();
        return config;
    }

    private static List<CameraConfig> Cameras(YamlSection root, string folder)
    {
        var cameras = new List<CameraConfig>();
        var sections = root.Children("cameras").ToArray();
        foreach (var section in sections.Take(MaxCameras))
        {
            var camera = Camera(section, folder);
            if (cameras.Any(c => c.Name == camera.Name)) section.Error("name", $"'{camera.Name}' is used twice");
            cameras.Add(camera);
        }
        if (cameras.Count == 0) root.Error("cameras", "is missing: at least one camera with name and url");
        if (sections.Length > MaxCameras)
            root.Error("cameras", $"has {sections.Length} cameras, at most {MaxCameras} fit on a node");
        return cameras;
    }

    private static CameraConfig Camera(YamlSection section, string folder)
    {
        var defaults = new CameraConfig { Name = "", Url = "" };
        var name = section.Text("name", required: true)!;
        if (name.Length > 0 && !Topics.IsName(name)) section.Error("name", "must be 1 to 63 of a-z, 0-9 and '-'");
        var camera = new CameraConfig
        {
            Name = name,
            Url = CameraUrl(section, folder),
            User = section.Text("user"),
            Password = Password(section, folder),
            Faces = section.Flag("faces", defaults.Faces),
            AnalysisPerSecond = section.Number("analysisPerSecond", defaults.AnalysisPerSecond, 0.2, 60, "a second"),
            SmallestFacePixels = (int)section.Number(
                "smallestFacePixels", defaults.SmallestFacePixels, 0, 2000, "pixels"),
            Plates = section.Flag("plates", defaults.Plates),
            SmallestPlatePixels = (int)section.Number(
                "smallestPlatePixels", defaults.SmallestPlatePixels, 0, 4000, "pixels"),
            PlateCrops = section.Flag("plateCrops", defaults.PlateCrops),
            Regions = [.. section.Items("regions").Select(item => Region(section, item))],
            Masks = [.. section.Items("masks").Select((polygon, i) => Polygon(section, polygon, i))],
        };
        section.Done();
        return camera;
    }

    /// <summary>The address or path; credentials in it are refused, since they don't belong in the file.</summary>
    private static string CameraUrl(YamlSection section, string folder)
    {
        var url = section.Text("url", required: true)!;
        if (url.Length == 0) return url;
        // Searched for in the text: a password with a '/' or '#' in it makes the address invalid.
        if (CredentialMask.HasUserInfo(url))
        {
            section.Error(
                "url",
                "carries credentials; write 'user: NAME' and 'passwordFile: PATH' (or passwordEnvironment) instead");
        }
        else if (CameraAddress.Complaint(url) is { } complaint)
            section.Error("url", complaint);
        else if (CameraAddress.SchemeOf(url) is null)
            return section.FilePath("url", folder)!;
        return url;
    }

    /// <summary>Where the password is; whether it can be read concerns the camera, and shows when that is
    /// opened.</summary>
    private static CameraPassword? Password(YamlSection section, string folder)
    {
        var file = section.FilePath("passwordFile", folder);
        var variable = section.Text("passwordEnvironment");
        if ((file ?? variable) is null) return null;
        if (file is not null && variable is not null)
            section.Error("passwordFile", "and passwordEnvironment exclude each other");
        if (section.Text("user") is null) section.Error("user", "is missing: a password without a user");
        // What is not a name may be the password itself, and is not repeated.
        if (variable is { Length: > 0 } && !variable.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            section.Error("passwordEnvironment", "must be the name of an environment variable: letters, digits and '_'");
        return (file ?? variable) is "" ? null : new CameraPassword(file, variable);
    }

    private static IReadOnlyList<Vector2> Polygon(YamlSection section, YamlNode polygon, int index)
    {
        var corners = new List<Vector2>();
        var right = polygon is YamlSequenceNode { Children.Count: >= 3 and <= MaxPolygonCorners };
        if (right && polygon is YamlSequenceNode list)
        {
            foreach (var corner in list.Children)
            {
                if (corner is YamlSequenceNode { Children: [YamlScalarNode x, YamlScalarNode y] }
                    && Unit(x, out var cx) && Unit(y, out var cy))
                    corners.Add(new Vector2(cx, cy));
                else
                    right = false;
            }
        }
        if (!right)
        {
            section.Error(
                "masks",
                $"polygon {index} must be 3 to {MaxPolygonCorners} corners [x, y], "
                + "each from 0 to 1 of the picture's width and height");
        }
        return corners;
    }

    private static bool Unit(YamlScalarNode node, out float value) =>
        float.TryParse(node.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && value is >= 0 and <= 1;

    private static FaceListConfig? FaceList(YamlSection? section, string folder)
    {
        if (section is null) return null;
        var defaults = new FaceListConfig { Folder = "" };
        var list = new FaceListConfig
        {
            Folder = section.FilePath("folder", folder, required: true)!,
            Name = section.Text("name", defaults.Name)!,
            FalseAlertsPerFace = section.Number(
                "falseAlertsPerFace", defaults.FalseAlertsPerFace, 1e-7, 0.1, "false alerts a stranger's face"),
        };
        section.Done();
        return list;
    }

    private static List<PlateListConfig> PlateLists(YamlSection root, string folder)
    {
        var lists = new List<PlateListConfig>();
        foreach (var section in root.Children("lists"))
        {
            var defaults = new PlateListConfig { File = "", Name = "" };
            var list = new PlateListConfig
            {
                File = section.FilePath("file", folder, required: true)!,
                Name = section.Text("name", required: true)!,
                FalseHitsPerPassage = section.Number(
                    "falseHitsPerPassage", defaults.FalseHitsPerPassage, 1e-7, 0.1, "false hits a passing vehicle"),
            };
            if (list.Name.Length > 0 && !Topics.IsName(list.Name))
                section.Error("name", "must be 1 to 63 of a-z, 0-9 and '-'");
            if (lists.Any(l => l.Name == list.Name)) section.Error("name", $"'{list.Name}' is used twice");
            lists.Add(list);
            section.Done();
        }
        if (lists.Count > MaxLists) root.Error("lists", $"has {lists.Count} lists, at most {MaxLists} are searched");
        return lists;
    }

    private static string Region(YamlSection section, YamlNode item)
    {
        var code = (item as YamlScalarNode)?.Value ?? "";
        // The model pack decides which ones exist.
        if (code.Length is < 1 or > 8 || !code.All(char.IsAsciiLetterLower))
            section.Error("regions", $"has '{code}', must be a code such as pk, in, eu or us");
        return code;
    }

    private static LinkConfig Link(YamlSection? section, string folder)
    {
        var defaults = new LinkConfig();
        if (section is null) return defaults;
        var link = new LinkConfig
        {
            Endpoints = Endpoints(section),
            WindowBytes = (int)section.Number("windowBytes", defaults.WindowBytes, 4096, 16 << 20, "bytes"),
            Enrollment = EnrollmentUrl(section),
            Spool = Spool(section.Child("spool"), folder),
        };
        section.Done();
        return link;
    }

    private static Uri? EnrollmentUrl(YamlSection section)
    {
        if (section.Text("enrollment") is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0
            && url.Port > 0)
            return url;
        section.Error("enrollment", $"has '{text}', must be an address such as https://center.example:8884");
        return null;
    }

    private static SpoolConfig? Spool(YamlSection? section, string folder)
    {
        if (section is null) return null;
        var defaults = new SpoolConfig { Folder = "" };
        var spool = new SpoolConfig
        {
            Folder = section.FilePath("folder", folder, required: true)!,
            After = TimeSpan.FromMinutes(
                section.Number("afterMinutes", defaults.After.TotalMinutes, 0, 525_600, "minutes")),
            Every = TimeSpan.FromMinutes(
                section.Number("everyMinutes", defaults.Every.TotalMinutes, 1, 525_600, "minutes")),
            OnOwnDisk = section.Flag("onOwnDisk", defaults.OnOwnDisk),
        };
        section.Done();
        return spool;
    }

    private static List<EndpointConfig> Endpoints(YamlSection section)
    {
        var endpoints = new List<EndpointConfig>();
        foreach (var item in section.Items("endpoints"))
        {
            var text = YamlSection.IsNothing(item) ? "" : (item as YamlScalarNode)?.Value ?? "";
            var problem = "";
            if (text.Contains("://", StringComparison.Ordinal)) problem = "has a scheme, which is always MQTT over TLS";
            else if (HostName.TrySplit(text, 0, out var host, out var port, out problem))
            {
                if (endpoints.Contains(new EndpointConfig(host, port))) problem = "stands there twice";
                else endpoints.Add(new EndpointConfig(host, port));
            }
            if (problem.Length > 0)
                section.Error("endpoints", $"has '{text}', must be host:port such as center.example:8883: it {problem}");
        }
        return endpoints;
    }

    private static OutboxConfig Outbox(YamlSection? section)
    {
        var defaults = new OutboxConfig();
        if (section is null) return defaults;
        var outbox = new OutboxConfig
        {
            BudgetBytes =
                (long)(section.Number("budgetMegabytes", defaults.BudgetBytes / 1048576.0, 4, 1 << 20, "MB") * 1048576),
            KeepAcked = TimeSpan.FromDays(
                section.Number("keepAckedDays", defaults.KeepAcked.TotalDays, 0, 3650, "days")),
        };
        section.Done();
        return outbox;
    }

    private static MetricsConfig Metrics(YamlSection? section)
    {
        if (section is null) return new MetricsConfig();
        var metrics = new MetricsConfig
        {
            Port = section.Number("port", 0, 0, 65535, "(0: no page)") is var port and > 0 ? (int)port : null,
            Otlp = Receiver(section),
        };
        section.Done();
        return metrics;
    }

    private static Uri? Receiver(YamlSection section)
    {
        if (section.Text("otlp") is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.UserInfo.Length == 0 && url.Port > 0)
            return url;
        section.Error("otlp", $"has '{CredentialMask.MaskAddress(text)}', must be an address such as http://127.0.0.1:4318/v1/metrics");
        return null;
    }
}

/// <summary>
/// The configuration can't be used; the message lists every error, one a line, each with file, line, key and hint.
/// </summary>
internal sealed class ConfigException(string message) : PicketException(message, ExitCode.BadUsage);
