namespace Picket.Agent.Config;

/// <summary>
/// Everything that a node learns from its <c>picket.yaml</c>; immutable. The shipped, commented file is the manual and is
/// tested to equal these defaults.
/// </summary>
internal sealed record NodeConfig
{
    /// <summary>The node's name: certificate CN, MQTT client id and topic level. Empty when the file leaves it to the
    /// certificate.</summary>
    public string Node { get; init; } = "";

    /// <summary>Folder of the outbox, keys and certificates; mode 0700.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Folder of the model pack, or null for the one beside the program.</summary>
    public string? ModelFolder { get; init; }
    public required IReadOnlyList<CameraConfig> Cameras { get; init; }

    /// <summary>The face watchlist, or null if the node looks for nobody.</summary>
    public FaceListConfig? FaceList { get; init; }

    /// <summary>The lists of plates looked for.</summary>
    public IReadOnlyList<PlateListConfig> Lists { get; init; } = [];
    public LinkConfig Link { get; init; } = new();
    public OutboxConfig Outbox { get; init; } = new();
    public MetricsConfig Metrics { get; init; } = new();
}

/// <summary>How much and how long the node keeps events.</summary>
internal sealed record OutboxConfig
{
    /// <summary>
    /// Bytes the outbox may use. A busy node makes 100,000 events of 1 kB and 2,000 crops of 20 kB a day: 1 GiB holds a
    /// week without a line.
    /// </summary>
    public long BudgetBytes { get; init; } = 1L << 30;

    /// <summary>How long acknowledged events stay, so that a rebuilt center can be filled again.</summary>
    public TimeSpan KeepAcked { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>The line to the center. No endpoint: the node works alone and keeps its events.</summary>
internal sealed record LinkConfig
{
    /// <summary>Brokers in order of preference, <c>host:port</c>.</summary>
    public IReadOnlyList<EndpointConfig> Endpoints { get; init; } = [];

    /// <summary>
    /// The most bytes that may be under way without the center's ack: 64 kB are two round trips of a 4G line at its best. A thinner
    /// line is measured, and gets about half a second of what it carries.
    /// </summary>
    public int WindowBytes { get; init; } = 64 * 1024;

    /// <summary>The center's enrollment port, where the certificate is renewed; null for the one that <c>picket join</c> was
    /// given.</summary>
    public Uri? Enrollment { get; init; }

    /// <summary>Where events go while no endpoint answers, or null.</summary>
    public SpoolConfig? Spool { get; init; }
}

/// <summary>A broker's address; the host without the brackets that an IPv6 address is written in.</summary>
internal readonly record struct EndpointConfig(string Host, int Port);

/// <summary>Where events go when there is no line: signed files on a stick that somebody carries.</summary>
internal sealed record SpoolConfig
{
    /// <summary>The stick's mount point. While nothing is mounted there, nothing is written.</summary>
    public required string Folder { get; init; }

    /// <summary>How long no endpoint must have answered. An hour: a broker's restart, a storm or a night's maintenance should
    /// not fill a stick.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromHours(1);

    /// <summary>While there is no line, new events are written this often: 96 files a day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether the folder may be on the disk that the outbox is on: for a share, or a folder that something else
    /// empties. Otherwise an empty mount point would fill the node's own disk.</summary>
    public bool OnOwnDisk { get; init; }
}

/// <summary>The people looked for: a folder of <c>name/picture.jpg</c>.</summary>
internal sealed record FaceListConfig
{
    public required string Folder { get; init; }

    /// <summary>The list's name in events.</summary>
    public string Name { get; init; } = "watchlist";

    /// <summary>How many false alerts one stranger's face may cause; with the list's size it gives the threshold.
    /// At 2,000 faces a day and camera, 0.0001 is one false alert in five days.</summary>
    public double FalseAlertsPerFace { get; init; } = 0.0001;
}

/// <summary>A list of plates looked for: a CSV file with a plate, its note, its last day and a priority on each line.</summary>
internal sealed record PlateListConfig
{
    public required string File { get; init; }

    /// <summary>The list's name in events.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// How many false hits one passing vehicle that is not on the list may cause; with the list's size it gives the
    /// certainty that a reading needs. At 10,000 vehicles a day, 0.0001 is one false hit a day.
    /// </summary>
    public double FalseHitsPerPassage { get; init; } = 0.0001;
}

/// <summary>Who may see the node's counters besides its center: by default nobody, since a port or a further address on the line
/// is the site's own decision.</summary>
internal sealed record MetricsConfig
{
    /// <summary>The port of a page of text on loopback, or null.</summary>
    public int? Port { get; init; }

    /// <summary>Where they are sent by OTLP over HTTP, or null.</summary>
    public Uri? Otlp { get; init; }
}
