namespace Picket.Agent.Cli.Demo;

/// <summary>What the vehicles' camera showed, and what was reported of it.</summary>
/// <param name="Shown">Vehicles that passed, over all loops.</param>
/// <param name="Told">Passages reported with the plate that was drawn.</param>
/// <param name="Hits">Passages reported as hits on the list.</param>
internal sealed record DemoPlates(int Shown, int Told, int Hits)
{
    /// <summary>
    /// A vehicle comes from afar: its plate is 70 pixels wide, enough to be read, 2.5 s after it appeared, and leaves
    /// the picture 4.8 s after it. A vehicle shown for less need not be reported.
    /// </summary>
    private const double ReadAfterSeconds = 4.6;

    /// <summary>Compares each drawn plate with the passages reported for it. Faults hide vehicles for a while or cut a passage in
    /// two: then only what was reported is judged.</summary>
    public static DemoPlates Judge(DemoSite site, DemoClipSet clips, DemoWatch watch, int faults, List<string> wrong)
    {
        var passages = LastTold(watch, "plate.read");
        var hits = LastTold(watch, "plate.hit");
        var (shown, told) = (0, 0);
        foreach (var vehicle in clips.VehiclePresences)
        {
            var count = passages.Count(p => p.Plate == vehicle.Name);
            var least = vehicle.TimesShown(site.Vehicles.FramesSent, clips.VehiclesH265, ReadAfterSeconds);
            var most = vehicle.TimesShown(site.Vehicles.FramesSent, clips.VehiclesH265, 0);
            // Only the last one may go either way, if the end came while it was in the picture.
            var expected = Math.Clamp(count, least, most);
            shown += expected;
            told += count;
            if (faults == 0 && count != expected)
                wrong.Add($"the vehicle {vehicle.Name} was shown {expected} times, its plate was reported {count} times");
        }
        if (passages.Count != told)
            wrong.Add($"{passages.Count - told} passages were reported with a plate that no vehicle has");
        if (passages.FirstOrDefault(p => p.Camera != DemoSite.VehicleCamera) is { } stray)
            wrong.Add($"a plate from camera {stray.Camera}, where no vehicle was shown");
        if (told == 0) wrong.Add("no plate was read");
        var listed = passages.Count(p => p.Plate == site.ListedPlate);
        var wrongHits = hits.Count(h => h.Plate != site.ListedPlate || h.Entry != DemoSite.ListedEntry);
        if (hits.Count != listed || wrongHits > 0)
            wrong.Add($"the listed plate was reported {listed} times, with {hits.Count} hits, {wrongHits} of them wrong");
        return new DemoPlates(shown, told, hits.Count);
    }

    /// <summary>What each passage last said: a better reading may have replaced the first.</summary>
    private static List<DemoAlert> LastTold(DemoWatch watch, string kind) =>
    [
        .. watch.Alerts.Where(a => a.Kind == kind).GroupBy(a => a.Passage).Select(g => g.OrderBy(a => a.Rev).Last()),
    ];
}
