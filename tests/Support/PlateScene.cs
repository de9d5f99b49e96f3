using System.Globalization;
using Picket.Agent.Ingest;

namespace Picket.Tests.Support;

/// <summary>Clips of drawn vehicles whose ways are given, 960 x 540 at 10 pictures a second.</summary>
internal static class PlateScene
{
    public const int Width = 960;
    public const int Height = 540;
    public const int FramesPerSecond = 10;
    public const int VehicleWidth = 342;
    public const int VehicleHeight = 184;

    /// <summary>Where a vehicle stands in full sight; its plate of 182 x 45 is at (80, 90) of it.</summary>
    public const int X = 300;
    public const int Y = 200;

    private const string Font = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";

    /// <summary>A drawn vehicle.</summary>
    /// <param name="Plate">As it is drawn, with blanks; two lines apart by a <c>/</c>.</param>
    /// <param name="From">When it appears, in seconds.</param>
    /// <param name="To">When it is gone.</param>
    /// <param name="X">Left edge in pixels at <c>t</c> seconds: a number or an expression of ffmpeg.</param>
    /// <param name="Y">Top edge, the same.</param>
    public sealed record Vehicle(string Plate, double From, double To, string X, string Y)
    {
        public string Text => Plate.Replace(" ", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal);
    }

    /// <summary>Something gray from the top to the bottom of the picture, before the vehicles.</summary>
    public sealed record Post(int Width, double From, double To, string X);

    /// <summary>Writes the clip.</summary>
    public static Task WriteAsync(
        string file, double seconds, IReadOnlyList<Vehicle> vehicles, IReadOnlyList<Post>? posts = null)
    {
        string[] arguments = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-bf", "0", "-g", "20"];
        return MediaTool.DrawAsync(Graph(seconds, vehicles, posts ?? []), arguments, file, null, CancellationToken.None);
    }

    /// <summary>A way that begins at one coordinate at second 0, goes on with so many pixels a second, and ends at the
    /// other.</summary>
    public static string Roll(int from, int to, int speed) => from < to
        ? Inv($"min({to},{from}+{speed}*t)")
        : Inv($"max({to},{from}-{speed}*t)");

    private static string Graph(double seconds, IReadOnlyList<Vehicle> vehicles, IReadOnlyList<Post> posts)
    {
        var chains = new List<string>
        {
            Inv($"color=c=0x767a7c:s={Width}x{Height}:r={FramesPerSecond}:d={seconds},format=yuv444p[s0]"),
        };
        var scenes = 0;
        void Lay(string what, double from, double to, string x, string y)
        {
            chains.Add(Inv($"{what}[o{scenes}]"));
            chains.Add(
                Inv($"[s{scenes}][o{scenes}]overlay=eval=frame:enable='between(t,{from},{to - 0.01})':x='{x}':y='{y}'")
                + $"[s{++scenes}]");
        }
        foreach (var vehicle in vehicles) Lay(Drawn(vehicle, seconds), vehicle.From, vehicle.To, vehicle.X, vehicle.Y);
        foreach (var post in posts)
        {
            Lay(
                Inv($"color=c=0x464644:s={post.Width}x{Height}:r={FramesPerSecond}:d={seconds}"), post.From, post.To, post.X,
                "0");
        }
        chains.Add($"[s{scenes}]noise=alls=4:allf=t:all_seed=1,format=yuv420p[out]");
        return string.Join(";", chains);
    }

    private static string Drawn(Vehicle vehicle, double seconds)
    {
        var lines = vehicle.Plate.Split('/');
        var (height, top) = lines.Length == 1 ? (45, 90) : (90, 70);
        var text = lines.Select((line, i) => Inv(
            $"drawtext=fontfile={Font}:text='{line}':fontsize=31:fontcolor=black:x=80+(182-text_w)/2:y={top + 45 * i}+(45-text_h)/2"));
        return Inv($"color=c=0x3c3e46:s={VehicleWidth}x{VehicleHeight}:r={FramesPerSecond}:d={seconds},format=yuv444p,")
            + Inv($"drawbox=x=80:y={top}:w=182:h={height}:color=black:t=fill,")
            + Inv($"drawbox=x=82:y={top + 2}:w=178:h={height - 4}:color=white:t=fill,")
            + string.Join(",", text);
    }

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
