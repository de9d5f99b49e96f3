using Picket.Wire;

namespace Picket.Agent.Telemetry;

/// <summary>What needs a person's attention: short sentences that stay, in health and telemetry, until their cause is gone.
/// Any thread.</summary>
internal sealed class NodeWarnings
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, string[]> _bySource = new(StringComparer.Ordinal);

    /// <summary>All warnings within the wire's bounds: the rest is reported as a number in the last one.</summary>
    public IReadOnlyList<string> Current
    {
        get
        {
            lock (_gate)
            {
                string[] all = [.. _bySource.Values.SelectMany(texts => texts)];
                if (all.Length <= NodeHealthBody.MaxWarnings) return all;
                const int Shown = NodeHealthBody.MaxWarnings - 1;
                return [.. all.Take(Shown), $"and {all.Length - Shown} more; see the node's log"];
            }
        }
    }

    /// <summary>Replaces what <paramref name="source"/> (a part of the node, such as <c>lists</c>) has to warn about; none
    /// means that the cause is gone.</summary>
    /// <param name="texts">Without secrets; control characters are made visible, and what is too long is cut.</param>
    public void Set(string source, IEnumerable<string> texts)
    {
        string[] plain = [.. texts.Select(text => PlainText.Of(text, NodeHealthBody.MaxWarningCharacters - 3))];
        lock (_gate)
        {
            if (plain.Length == 0) _bySource.Remove(source);
            else _bySource[source] = plain;
        }
    }
}
