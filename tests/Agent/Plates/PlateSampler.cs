using System.Text.Json;
using System.Text.RegularExpressions;

namespace Picket.Tests.Agent.Plates;

/// <summary>Draws texts from a grammar pack's file by its words alone, knowing nothing of the agent's parser.</summary>
internal static partial class PlateSampler
{
    public const string Digits = "0123456789";

    /// <summary>A text of the format, and how many letters of <c>rareLetters</c> may be in it is up to chance.</summary>
    public static string Draw(JsonElement pack, JsonElement format, Random random)
    {
        var letters = pack.GetProperty("letters").GetString()! + pack.GetProperty("rareLetters").GetString();
        var text = "";
        foreach (Match token in Token().Matches(format.GetProperty("pattern").GetString()!))
        {
            var least = token.Groups["least"].Success ? int.Parse(token.Groups["least"].Value) : 1;
            var most = token.Groups["most"].Success ? int.Parse(token.Groups["most"].Value) : least;
            var kind = token.Groups["kind"].Value;
            for (var i = random.Next(least, most + 1); i > 0; i--)
            {
                text += kind[0] switch
                {
                    'L' => One(letters, random),
                    'D' => One(Digits, random),
                    'A' => One(letters + Digits, random),
                    '[' => One(Range().Replace(kind[1..^1], Expand), random),
                    '@' => Word(pack, kind[1..], random),
                    _ => kind.Trim('\''),
                };
            }
        }
        return text;
    }

    private static string One(string characters, Random random) => characters[random.Next(characters.Length)].ToString();

    private static string Word(JsonElement pack, string name, Random random)
    {
        var words = pack.GetProperty("words").GetProperty(name);
        return words[random.Next(words.GetArrayLength())].GetString()!;
    }

    private static string Expand(Match range) => string.Concat(
        Enumerable.Range(range.Value[0], range.Value[2] - range.Value[0] + 1).Select(c => (char)c));

    [GeneratedRegex(@"(?<kind>[LDA]|\[[^\]]*\]|@\w+|'[A-Z0-9]+')(\{(?<least>\d+)(,(?<most>\d+))?\})?")]
    private static partial Regex Token();

    [GeneratedRegex("[A-Z0-9]-[A-Z0-9]")]
    private static partial Regex Range();
}
