using System.Text.Json;

namespace Picket.Tests.Agent.Plates.Grammar;

/// <summary>Grammar packs for tests.</summary>
internal static class PackFile
{
    /// <summary>Writes a pack of equally frequent formats, named by their patterns; letters A-Z but O, which is
    /// rare.</summary>
    public static void Write(string folder, string region, params string[] patterns) =>
        Write(folder, region, [], [.. patterns.Select(pattern => (pattern, 1.0))]);

    /// <summary>Writes a pack of formats with weights.</summary>
    public static void Write(
        string folder, string region, string[] includes, (string Pattern, double Weight)[] formats) =>
        File.WriteAllText(
            System.IO.Path.Combine(folder, region + ".json"),
            JsonSerializer.Serialize(new
            {
                region,
                name = "Testland",
                includes,
                letters = "ABCDEFGHIJKLMNPQRSTUVWXYZ",
                rareLetters = "O",
                words = new Dictionary<string, string[]> { ["state"] = ["AP", "AR", "K", "KA"], ["bad"] = ["a"] },
                formats = formats.Select(format => new
                {
                    pattern = format.Pattern,
                    weight = format.Weight,
                    name = format.Pattern,
                }),
                confusions = new Dictionary<string, double> { ["O0"] = 0.3, ["I1"] = 0.2 },
            }));
}
