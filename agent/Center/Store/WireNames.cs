using System.Text.Json;
using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>Kinds and phases as they are written on the wire, so that the database reads like it.</summary>
internal static class WireNames
{
    private static readonly Dictionary<EventKind, string> Kinds = Enum.GetValues<EventKind>()
        .ToDictionary(
            kind => kind, kind => JsonSerializer.Serialize(kind, WireJsonContext.Default.EventKind).Trim('"'));

    private static readonly Dictionary<PassagePhase, string> Phases = Enum.GetValues<PassagePhase>()
        .ToDictionary(
            phase => phase, phase => JsonSerializer.Serialize(phase, WireJsonContext.Default.PassagePhase).Trim('"'));

    private static readonly HashSet<string> KindNames = [.. Kinds.Values];

    public static string Of(EventKind kind) => Kinds[kind];

    /// <summary>False for the kinds of a later build.</summary>
    public static bool IsKnownKind(string kind) => KindNames.Contains(kind);

    public static string Of(PassagePhase phase) => Phases[phase];
}
