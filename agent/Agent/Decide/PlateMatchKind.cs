namespace Picket.Agent.Decide;

/// <summary>How a reading matches an entry.</summary>
internal enum PlateMatchKind
{
    /// <summary>The text, or one of the reader's other readings, is the entry.</summary>
    Exact,

    /// <summary>The entry has <c>?</c> or <c>*</c>.</summary>
    Wildcard,

    /// <summary>The text is the entry but for characters that readers take for one another.</summary>
    Confusion,
}
