using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>
/// Reads and writes an enum by the names given on its members alone; numbers are refused, since they would admit values
/// that no build knows.
/// </summary>
internal sealed class WireNameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
