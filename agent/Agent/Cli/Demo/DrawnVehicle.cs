namespace Picket.Agent.Cli.Demo;

/// <summary>One vehicle of <see cref="VehicleScene"/>.</summary>
/// <param name="Plate">The text as it is painted, with its spaces.</param>
/// <param name="FontSize">Such that the text fills the plate.</param>
/// <param name="IsTruck">A cab with a high front; else a car.</param>
/// <param name="Body">Colors as ffmpeg writes them, 0xRRGGBB.</param>
internal sealed record DrawnVehicle(
    string Plate, int FontSize, bool IsTruck, string Body, string Shade, string PlateColor);
