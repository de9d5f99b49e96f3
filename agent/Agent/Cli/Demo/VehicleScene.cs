namespace Picket.Agent.Cli.Demo;

/// <summary>
/// A road drawn with ffmpeg's filters, on which vehicles come toward the camera one after the other and leave below it.
/// </summary>
/// <remarks>
/// One scale s(t) = 0.2 exp(0.328 t) serves for size and place: a vehicle that slows down as it comes. With the horizon
/// at row 83, the wheels are at 83 + 514 s, so s = 0.2 is at row 186, the plate (57 s above the wheels, 157 s wide) leaves the
/// picture of 540 rows at s = 1.05, and the roof (337 s above the wheels) at s = 2.58.
/// </remarks>
internal static class VehicleScene
{
    public const int Width = 960;
    public const int Height = 540;
    public const int FramesPerSecond = 15;
    public const int Frames = FramesPerSecond * SecondsPerVehicle * 5;

    private const int SecondsPerVehicle = 8;
    private const double SecondsInPicture = 7.8; // s(7.8) = 2.58
    private const double FirstScale = 0.2;
    private const double Growth = 0.328;
    private const int Horizon = 83;
    private const int WheelsPerScale = 514;

    // The drawing board of one vehicle and the plate on it; the board is as large as the vehicle at s = 1.19.
    private const int BoardWidth = 476;
    private const int BoardHeight = 400;
    private const int BoardWidthPerScale = 400;
    private const int BoardHeightPerScale = 337;
    private const int PlateX = 144;
    private const int PlateY = 314;
    private const int PlateWidth = 188;
    private const int PlateHeight = 44;

    private const string Glass = "0x26323c";
    private const string GlassShine = "0x5a6a78";
    private const string Black = "0x121214";
    private const string Rubber = "0x2c2c2e";
    private const string Lamp = "0xf2f0dc";
    private const string White = "0xf4f4f0";
    private const string Yellow = "0xf0c830";

    /// <summary>
    /// Formats of Punjab, Sindh, Maharashtra, Germany and Great Britain (front), as public sources describe them.
    /// </summary>
    private static readonly DrawnVehicle[] Vehicles =
    [
        new("LEB 4821", 34, false, "0xd8d8d4", "0x8c8c88", White),
        new("ABC 123", 36, false, "0xb02a24", "0x6c1814", Yellow),
        new("MH12DE1433", 25, true, "0xe0a020", "0x8a6010", White),
        new("B AX 4127", 31, false, "0x2850a0", "0x183060", White),
        new("AB12 CDE", 33, true, "0x3c6048", "0x203828", White),
    ];

    /// <summary>From the vehicle's appearance until its plate begins to leave the picture.</summary>
    public static IReadOnlyList<DemoPresence> Presences { get; } =
    [
        .. Vehicles.Select((v, i) => new DemoPresence(
            v.Plate.Replace(" ", ""),
            i * SecondsPerVehicle,
            Math.Round(i * SecondsPerVehicle + SecondsUntilPlateLeaves(), 2))),
    ];

    /// <summary>The filter graph whose output <c>[out]</c> is the scene, <see cref="Frames"/> long.</summary>
    /// <param name="fontFile">DejaVu Sans Bold.</param>
    public static string FilterGraph(string fontFile)
    {
        var chains = new List<string> { $"{Road()}[road]" };
        var below = "road";
        for (var i = 0; i < Vehicles.Length; i++)
        {
            var begin = i * SecondsPerVehicle;
            var lane = i % 2 == 0 ? 1 : -1;
            var scale = Scale("t");
            var sceneScale = Scale($"(t-{begin})");
            chains.Add(
                $"{Vehicle(Vehicles[i], fontFile)},trim=duration={SecondsInPicture},"
                + $"scale=w='2*trunc({BoardWidthPerScale / 2}*{scale})':"
                + $"h='2*trunc({BoardHeightPerScale / 2.0}*{scale})':"
                + $"eval=frame:flags=bilinear,setpts=PTS+{begin}/TB[vehicle{i}]");
            chains.Add(
                $"[{below}][vehicle{i}]overlay=eval=frame:eof_action=pass:"
                + $"enable='between(t,{begin},{begin + SecondsInPicture})':"
                + $"x='{Width / 2}+{lane * WheelsPerScale * 0.525}*{sceneScale}-overlay_w/2':"
                + $"y='{Horizon}+{WheelsPerScale}*{sceneScale}-overlay_h'[scene{i}]");
            below = $"scene{i}";
        }
        chains.Add($"[{below}]noise=alls=5:allf=t:all_seed=1,format=yuv420p[out]");
        return string.Join(";\n", chains);
    }

    /// <summary>The plate's lower edge, 57 - 18 = 39 s above the wheels, reaches the last row.</summary>
    private static double SecondsUntilPlateLeaves() =>
        Math.Log((Height - Horizon) / (WheelsPerScale - 39.0) / FirstScale) / Growth;

    /// <summary>s(t); bounded, since filters are asked outside a vehicle's time as well.</summary>
    private static string Scale(string t) => $"({FirstScale}*exp({Growth}*clip({t},0,{SecondsInPicture})))";

    /// <summary>
    /// Sky, meadow and a road of two lanes, drawn once and repeated. Half the road is 1.05 wide per row below the
    /// horizon.
    /// </summary>
    private static string Road()
    {
        var road = $"lt(abs(X-{Width / 2}),(Y-{Horizon})*1.05)";
        var roadWithEdge = $"lt(abs(X-{Width / 2}),(Y-{Horizon})*1.12)";
        var dash = $"lt(abs(X-{Width / 2}),(Y-{Horizon})*0.014)*lt(mod(12000/(Y-{Horizon}),60),30)";
        const string Sky = "lt(Y,150)";
        return $"color=c=black:s={Width}x{Height}:r={FramesPerSecond},format=yuv444p,trim=end_frame=1,"
            + $"geq=lum='if({Sky},200-Y/5,if({road},if({dash},205,88+(Y-150)*0.05),if({roadWithEdge},190,104)))':"
            + $"cb='if({Sky},142,if({roadWithEdge},128,112))':cr='if({Sky},122,if({roadWithEdge},128,120))',"
            + $"loop=loop=-1:size=1,setpts=N/{FramesPerSecond}/TB,trim=end_frame={Frames}";
    }

    private static string Vehicle(DrawnVehicle vehicle, string fontFile)
    {
        List<string> filters =
        [
            $"color=c=black@0:s={BoardWidth}x{BoardHeight}:r={FramesPerSecond}:d={SecondsPerVehicle},format=yuva444p",
            Box(24, 376, 428, 24, "black@0.45"), // shadow
            .. vehicle.IsTruck ? TruckFront(vehicle) : CarFront(vehicle),
            Box(PlateX - 3, PlateY - 3, PlateWidth + 6, PlateHeight + 6, Black),
            Box(PlateX, PlateY, PlateWidth, PlateHeight, vehicle.PlateColor),
            $"drawtext=fontfile={fontFile}:text='{vehicle.Plate}':fontsize={vehicle.FontSize}:fontcolor={Black}:"
                + $"x={PlateX}+({PlateWidth}-text_w)/2:y={PlateY}+({PlateHeight}-text_h)/2",
        ];
        return string.Join(',', filters);
    }

    private static IEnumerable<string> CarFront(DrawnVehicle vehicle) =>
    [
        Box(70, 120, 336, 110, vehicle.Shade),
        Box(86, 132, 304, 88, Glass),
        Box(86, 132, 304, 12, GlassShine),
        Box(12, 180, 34, 24, vehicle.Shade), // mirrors
        Box(430, 180, 34, 24, vehicle.Shade),
        Box(30, 214, 416, 136, vehicle.Body),
        Box(30, 214, 416, 6, vehicle.Shade),
        .. FrontEnd(lampY: 244, grilleY: 250, grilleHeight: 30),
    ];

    private static IEnumerable<string> TruckFront(DrawnVehicle vehicle) =>
    [
        Box(10, 60, 28, 70, vehicle.Shade), // mirrors
        Box(438, 60, 28, 70, vehicle.Shade),
        Box(36, 0, 404, 340, vehicle.Body),
        Box(36, 0, 404, 14, vehicle.Shade),
        Box(62, 40, 352, 120, Glass),
        Box(62, 40, 352, 14, GlassShine),
        .. FrontEnd(lampY: 250, grilleY: 190, grilleHeight: 60),
    ];

    private static IEnumerable<string> FrontEnd(int lampY, int grilleY, int grilleHeight) =>
    [
        Box(44, lampY, 78, 40, Lamp),
        Box(354, lampY, 78, 40, Lamp),
        Box(140, grilleY, 196, grilleHeight, Black),
        Box(46, 350, 70, 50, Black), // wheels
        Box(360, 350, 70, 50, Black),
        Box(20, 306, 436, 60, Rubber), // bumper
    ];

    /// <summary>replace=1 sets the alpha as well: outside the boxes the board stays transparent.</summary>
    private static string Box(int x, int y, int width, int height, string color) =>
        $"drawbox=x={x}:y={y}:w={width}:h={height}:color={color}:t=fill:replace=1";
}

/// <summary>One vehicle of <see cref="VehicleScene"/>.</summary>
/// <param name="Plate">The text as it is painted, with its spaces.</param>
/// <param name="FontSize">Such that the text fills the plate.</param>
/// <param name="IsTruck">A cab with a high front; else a car.</param>
/// <param name="Body">Colors as ffmpeg writes them, 0xRRGGBB.</param>
internal sealed record DrawnVehicle(
    string Plate, int FontSize, bool IsTruck, string Body, string Shade, string PlateColor);
