using System.CommandLine;
using Picket.Center.Store;

namespace Picket.Center.Cli;

/// <summary>The options that say for how many days the center keeps what arrived.</summary>
internal sealed record KeepOptions(
    Option<int?> All, Option<int?> Reads, Option<int?> Faces, Option<int?> Hits, Option<int?> Crops)
{
    /// <summary>Ten years: what is to be kept longer belongs in an archive.</summary>
    private const int MostDays = 3653;

    public static KeepOptions Create()
    {
        var times = new KeepTimes();
        return new KeepOptions(
            Days("--keep-days", "Days after which everything is deleted, unless an option below gives another number."),
            Days("--keep-reads", $"The same for plates on no list; {times.Reads.TotalDays:0} without it."),
            Days("--keep-faces", $"The same for matches of faces; {times.Faces.TotalDays:0} without it."),
            Days("--keep-hits", $"The same for plates on a list; {times.Hits.TotalDays:0} without it."),
            Days("--keep-crops", $"The same for pictures; {times.Crops.TotalDays:0} without it."));
    }

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[All, Reads, Faces, Hits, Crops]) command.Options.Add(option);
    }

    public KeepTimes Read(ParseResult parsed)
    {
        var times = new KeepTimes();
        TimeSpan Of(Option<int?> option, TimeSpan otherwise) =>
            (parsed.GetValue(option) ?? parsed.GetValue(All)) is { } days ? TimeSpan.FromDays(days) : otherwise;
        return new KeepTimes
        {
            Reads = Of(Reads, times.Reads),
            Faces = Of(Faces, times.Faces),
            Hits = Of(Hits, times.Hits),
            Crops = Of(Crops, times.Crops),
        };
    }

    private static Option<int?> Days(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "DAYS" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > MostDays) result.AddError($"{name}: must be 1 to {MostDays}");
        });
        return option;
    }
}
