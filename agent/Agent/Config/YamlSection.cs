using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Picket.Agent.Config;

/// <summary>
/// One mapping of the file, read key by key; collects errors instead of stopping at the first, and knows which keys
/// were not asked for.
/// </summary>
internal sealed class YamlSection(YamlMappingNode node, string path, List<string> errors)
{
    /// <summary>Sixteen cameras are the longest list. Aliases make long ones out of few bytes, one within the other.</summary>
    private const int MaxItems = 256;

    private readonly HashSet<string> _known = [];

    /// <summary>
    /// Text of <paramref name="key"/>, or <paramref name="fallback"/> when absent; an absent required key (fallback
    /// null and <paramref name="required"/>) is an error and gives "".
    /// </summary>
    public string? Text(string key, string? fallback = null, bool required = false)
    {
        switch (Find(key))
        {
            case null:
                if (required) Error(node, key, "is missing");
                return fallback ?? (required ? "" : null);
            case var none when IsNothing(none):
                Error(none, key, "has no value; give it one, or take the key out");
                return fallback ?? (required ? "" : null);
            case YamlScalarNode { Value: { } value }:
                return value;
            case var other:
                Error(other, key, "must be a text");
                return fallback ?? "";
        }
    }

    /// <summary>
    /// Path at <paramref name="key"/>, taken from <paramref name="folder"/> on; null when it is absent and not
    /// <paramref name="required"/>.
    /// </summary>
    public string? FilePath(string key, string folder, bool required = false)
    {
        if (Text(key, required: required) is not { } text) return null;
        if (text.Length == 0) return "";
        if (text.Contains('\0'))
            Error(key, "has a character that no path can have");
        else if (text[0] == '~')
            Error(key, "begins with '~', which stands for no folder here; write the whole path");
        else
            return System.IO.Path.GetFullPath(text, folder);
        return "";
    }

    /// <summary>YAML's several ways to write that there is nothing: an empty text, <c>~</c>, <c>null</c>.</summary>
    public static bool IsNothing(YamlNode node) => node is YamlScalarNode scalar
        && (string.IsNullOrEmpty(scalar.Value)
            || (scalar is { Style: ScalarStyle.Plain, Value: "~" or "null" or "Null" or "NULL" }));

    public bool Flag(string key, bool fallback)
    {
        var text = Text(key);
        if (text is null) return fallback;
        if (text is "true" or "false") return text == "true";
        Error(Find(key)!, key, $"is '{text}', must be true or false");
        return fallback;
    }

    public double Number(string key, double fallback, double min, double max, string unit)
    {
        var text = Text(key);
        if (text is null) return fallback;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= min && value <= max)
            return value;
        var problem = string.Create(CultureInfo.InvariantCulture, $"is '{text}', must be {min} to {max} {unit}");
        Error(Find(key)!, key, problem.TrimEnd());
        return fallback;
    }

    public YamlSection? Child(string key)
    {
        switch (Find(key))
        {
            case null: return null;
            case YamlMappingNode child: return new YamlSection(child, Path(key), errors);
            case var other:
                Error(other, key, "must be a section of 'key: value' lines");
                return null;
        }
    }

    /// <summary>The mappings of a list; empty when absent.</summary>
    public IEnumerable<YamlSection> Children(string key)
    {
        var index = 0;
        foreach (var item in Items(key))
        {
            var place = $"{Path(key)}[{index++}]";
            if (item is YamlMappingNode child) yield return new YamlSection(child, place, errors);
            else Report(item, place, "must be a section of 'key: value' lines");
        }
    }

    public IEnumerable<YamlNode> Items(string key)
    {
        switch (Find(key))
        {
            case null: return [];
            case YamlSequenceNode { Children.Count: <= MaxItems } list: return list.Children;
            case YamlSequenceNode list:
                Error(list, key, $"has {list.Children.Count} items, at most {MaxItems} are read");
                return [];
            case var other:
                Error(other, key, "must be a list ('- ' before each item)");
                return [];
        }
    }

    /// <summary>Call it last: every key that was not asked for is an error.</summary>
    public void Done()
    {
        foreach (var key in node.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value ?? "?";
            if (_known.Contains(name)) continue;
            Report(key, Path(name), $"is unknown; known here: {string.Join(", ", _known.Order())}");
        }
    }

    public void Error(string key, string problem) => Error(Find(key) ?? node, key, problem);

    private void Error(YamlNode at, string key, string problem) => Report(at, Path(key), problem);

    private void Report(YamlNode at, string place, string problem)
    {
        // A key may be asked for twice; what is wrong with it is reported once.
        var error = $"line {at.Start.Line}: {place} {problem}";
        if (!errors.Contains(error)) errors.Add(error);
    }

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        return node.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null;
    }
}
