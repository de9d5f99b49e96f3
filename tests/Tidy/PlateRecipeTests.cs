using System.Text.RegularExpressions;
using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>Shipped weights are trained on allowed pictures alone: the recipe names no folder that is for measuring only.</summary>
public sealed partial class PlateRecipeTests
{
    private const string Folder = "models/plates";

    /// <summary>The sets whose licence allows shipped weights (the data's README, column "Train shipped weights?").</summary>
    private static readonly string[] Allowed =
    [
        "romania", "romania_rest", "romania_text", "mixed300", "mixed300_text", "us_states", "us_states_scene", "us_wild", "vietnam",
        "vietnam_scene", "misc", "misc_scene",
    ];

    /// <summary>Files that measure; they write no weights.</summary>
    private static bool Measures(string file) => Path.GetFileName(file).StartsWith("evaluate", StringComparison.Ordinal);

    [Fact]
    public void Recipe_NamesNoPictureForMeasuringOnly()
    {
        var files = RecipeFiles();

        var found = from file in files
                    from match in ForMeasuringOnly().Matches(File.ReadAllText(file))
                    select $"{Path.GetFileName(file)}: {match.Value}";

        Assert.NotEmpty(files);
        Assert.Empty(found);
    }

    [Fact]
    public void Recipe_OnlyItsDataFileOpensTheDataFolders()
    {
        var opening = RecipeFiles().Where(f => DataFolder().IsMatch(File.ReadAllText(f))).Select(Path.GetFileName);

        Assert.Equal(["data.py"], opening);
    }

    [Fact]
    public void DataFile_TakesAllowedSetsAlone()
    {
        var text = File.ReadAllText(Repository.Path($"{Folder}/data.py"));

        var taken = SetKey().Matches(text).Select(m => m.Groups["set"].Value).Order(StringComparer.Ordinal);

        Assert.Equal(Allowed.Order(StringComparer.Ordinal), taken);
        Assert.Contains("NEGATIVE_PREFIX = 'col_'", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cv2.imread('plates/dev/indian/in_000.jpg')", true)]
    [InlineData("name.startswith('ocr_us')", true)]
    [InlineData("negatives/bg_0001.jpg", true)]
    [InlineData("import draw", false)]
    public void ForMeasuringOnly_IsRecognized(string code, bool found) => Assert.Equal(found, ForMeasuringOnly().IsMatch(code));

    private static string[] RecipeFiles() =>
    [
        .. Directory.GetFiles(Repository.Path(Folder), "*.py", SearchOption.AllDirectories)
            .Where(f => !Measures(f))
            .Order(StringComparer.Ordinal),
    ];

    [GeneratedRegex(@"plates[/\\',\s]+dev\b|\bocr_(us|br|eu2)|openalpr|'indian'|indian/|\bbg_\d|'bg_", RegexOptions.IgnoreCase)]
    private static partial Regex ForMeasuringOnly();

    [GeneratedRegex(@"PICKET_DATA|shared/data|'shared'")]
    private static partial Regex DataFolder();

    [GeneratedRegex(@"^    '(?<set>\w+)': '(MIT|CC BY|Apache)", RegexOptions.Multiline)]
    private static partial Regex SetKey();
}
