namespace Picket.Agent.Config;

/// <summary>A list of plates looked for: a CSV file with a plate, its note, its last day and a priority a line.</summary>
internal sealed record PlateListConfig
{
    public required string File { get; init; }

    /// <summary>The list's name in events.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// How many false hits one passing vehicle that is not on the list may cause; with the list's size it gives the
    /// certainty that a reading needs. At 10,000 vehicles a day, 0.0001 is one false hit a day.
    /// </summary>
    public double FalseHitsPerPassage { get; init; } = 0.0001;
}
