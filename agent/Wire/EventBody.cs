using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>
/// The matter of a message; one optional part per kind, absent parts are not written. <c>plate.hit</c> has two: the hit
/// and the read that it is about, so that an alert is complete in itself.
/// </summary>
public sealed record EventBody
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public FaceMatchBody? Face { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public PlateReadBody? Plate { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public PlateHitBody? Hit { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public CameraStateBody? CameraState { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NodeGapBody? Gap { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NodeHealthBody? Health { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ListAppliedBody? List { get; init; }
}

/// <summary>A face on the watchlist was seen.</summary>
/// <param name="Person">The name on the list.</param>
/// <param name="List">The list's name.</param>
/// <param name="Similarity">Cosine of the fused embedding and the best enrolled one, -1 to 1.</param>
/// <param name="Threshold">The cosine that decided, computed from the list's size and the false-alert budget.</param>
/// <param name="Frame">The number of the frame it was read on, counted by the source since it was opened.</param>
/// <param name="FrameAt">UTC of that frame.</param>
/// <param name="Box">x, y, w, h in pixels of the source picture.</param>
/// <param name="Quality">0 to 1, of the best shot.</param>
/// <param name="Shots">How many shots are fused.</param>
/// <param name="Crop">The id of the crop that follows on <c>.../crop</c>, or null.</param>
/// <param name="Reason">Why the passage ended (<c>left</c>, <c>restart</c>, <c>camera</c>), only in phase
/// <c>end</c>.</param>
public sealed record FaceMatchBody(
    string Person,
    string List,
    float Similarity,
    float Threshold,
    long Frame,
    DateTimeOffset FrameAt,
    float[] Box,
    float Quality,
    int Shots,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Crop = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);

/// <summary>A number plate was read.</summary>
/// <remarks>
/// Each of 10,000 vehicles a day produces two or three of these, so bytes count. A typical message is below 700 bytes,
/// which a test checks; numbers are rounded before they get here.
/// </remarks>
/// <param name="Text">A-Z and 0-9 without separators; of a two-line plate the upper line first.</param>
/// <param name="Confidence">0 to 1, to three decimals: how likely the whole text is right.</param>
/// <param name="Characters">0 to 1, to two decimals, one per character of <paramref name="Text"/>.</param>
/// <param name="Rows">Lines of the plate, 1 or 2.</param>
/// <param name="Box">x, y, w, h in whole pixels of the source picture.</param>
/// <param name="Corners">x, y of the top left, top right, bottom right and bottom left corner, in whole pixels.</param>
/// <param name="Frame">The number of the frame it was read on, counted by the source since it was opened.</param>
/// <param name="Shots">How many looks were combined.</param>
/// <param name="Models">Name and version of the detector and of the reader, in this order.</param>
/// <param name="Format">The format of number plates that the text has; without it the text fits none of those asked for,
/// and is reported as it was read.</param>
/// <param name="Region">The region of <paramref name="Format"/>.</param>
/// <param name="Candidates">Other readings, most likely first, at most <see cref="MaxCandidates"/>; left out when there
/// are none worth reporting.</param>
/// <param name="FrameAt">UTC of <paramref name="Frame"/>; left out where it is the envelope's <c>at</c>.</param>
/// <param name="Crop">The id of the crop that follows on <c>.../crop</c>, or left out.</param>
/// <param name="Reason">Why the passage ended (<c>left</c>, <c>restart</c>, <c>camera</c>, <c>stop</c>), only in phase
/// <c>end</c>.</param>
public sealed record PlateReadBody(
    string Text,
    float Confidence,
    float[] Characters,
    int Rows,
    float[] Box,
    float[] Corners,
    long Frame,
    int Shots,
    string[] Models,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Format = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Region = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PlateCandidate[]? Candidates = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? FrameAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Crop = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null)
{
    /// <summary>The longest plates in the world have 10 characters; anything longer that a reader produces is not a plate.</summary>
    public const int MaxCharacters = 16;

    public const int MaxCandidates = 5;
}

/// <summary>Another reading of the same plate.</summary>
/// <param name="Text">A-Z and 0-9 without separators.</param>
/// <param name="Confidence">0 to 1, to three decimals.</param>
public sealed record PlateCandidate(string Text, float Confidence);

/// <summary>A plate on a list was read; stands beside the <see cref="PlateReadBody"/> that it is about.</summary>
/// <param name="List">The list's name.</param>
/// <param name="Version">Which state of the list: the first 12 hexadecimal digits of its file's SHA-256.</param>
/// <param name="Entry">The id or note of the list's entry.</param>
/// <param name="Plate">The entry as it stands on the list, with <c>?</c> and <c>*</c> if it has them.</param>
/// <param name="Match">How it matched: <c>exact</c>, <c>wildcard</c> or <c>confusion</c>.</param>
/// <param name="Score">0 to 1, to three decimals: how likely the vehicle bears the entry's plate.</param>
/// <param name="Threshold">The score that the list accepts, computed from its size and the budget.</param>
/// <param name="FalseHits">The budget: false hits per passage of a vehicle that is not on the list, for the whole
/// list.</param>
/// <param name="Read">The passage of the <c>plate.read</c> events of the same vehicle.</param>
/// <param name="Priority">As on the list; left out when it says none.</param>
public sealed record PlateHitBody(
    string List,
    string Version,
    string Entry,
    string Plate,
    string Match,
    float Score,
    float Threshold,
    double FalseHits,
    Guid Read,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Priority = null);

/// <summary>A camera went down or came back.</summary>
/// <param name="Reason">What a technician reads: what happened, where, what to do. Credentials in it are masked, on
/// whichever side it is made.</param>
/// <param name="DownSeconds">How long it was down, only in <c>camera.up</c>.</param>
public sealed record CameraStateBody(
    string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? DownSeconds = null)
{
    public string Reason { get; init; } = CredentialMask.Mask(Reason);
}

/// <summary>The node declares that events were lost: nothing else makes a hole a gap.</summary>
/// <param name="FirstSeq">The first lost number; 0, with the others, when no number is known to be lost: an outbox that
/// was damaged, or what never got one.</param>
/// <param name="Count">How many numbers are lost between the first and the last: the others may be there.</param>
/// <param name="Reason">Why, in words; several are separated by "; ".</param>
/// <param name="Ranges">Exactly which, in order, at most <see cref="MaxRanges"/>; left out where they are more pieces, or
/// one piece, which first and last describe.</param>
/// <param name="Crops">How many pictures were lost with them or for the same reason; left out when none.</param>
/// <param name="Unnumbered">How many messages were left out before they got a number: health, and updates of reads whose
/// passage goes on; left out when none.</param>
public sealed record NodeGapBody(
    Guid Epoch, long FirstSeq, long LastSeq, long Count, string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SeqRange[]? Ranges = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Crops = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Unnumbered = null)
{
    /// <summary>64 pieces of 30 bytes are 2 kB: half a second of a 32 kbit/s line, for what happens once a
    /// day.</summary>
    public const int MaxRanges = 64;

    /// <summary>What a node declares if it can't know how much is lost: from a damaged outbox, or of what never got a
    /// number.</summary>
    [JsonIgnore]
    public bool IsOfUnknownExtent => FirstSeq == 0 && LastSeq == 0 && Count == 0;

    /// <summary>Whether a center may accept it, and so whether a node may declare it.</summary>
    [JsonIgnore]
    public bool IsSound =>
        (IsOfUnknownExtent || (new SeqRange(FirstSeq, LastSeq).IsSound && WireBounds.IsCount(Count)))
        && WireBounds.IsCount(Crops ?? 0) && WireBounds.IsCount(Unnumbered ?? 0)
        && (Ranges is null || (Ranges.Length <= MaxRanges && Ranges.All(range => range.IsSound)));
}

/// <summary>The state of the node.</summary>
/// <param name="Losses">What it had to drop; null when that is nothing, or a build before this field wrote it.</param>
/// <param name="DiskFails">The disk is taking no events at the moment: they wait in memory.</param>
/// <param name="Warnings">What needs a person's attention, each until it is gone; at most <see cref="MaxWarnings"/> of at
/// most <see cref="MaxWarningCharacters"/>. Null when there are none.</param>
public sealed record NodeHealthBody(
    double UptimeSeconds,
    long OutboxPending,
    CameraHealth[] Cameras,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NodeLosses? Losses = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool DiskFails = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string[]? Warnings = null)
{
    /// <summary>One for each camera of a full node; the rest is reported as a number. 16 of 200 characters are 3 kB,
    /// a second on a 32 kbit/s line.</summary>
    public const int MaxWarnings = 16;

    /// <summary>A sentence with a path in it.</summary>
    public const int MaxWarningCharacters = 200;

    /// <summary>What is out of bounds, or null.</summary>
    internal string? Fault()
    {
        var isSound = double.IsFinite(UptimeSeconds) && WireBounds.IsCount(OutboxPending)
            && Cameras.All(camera => camera is not null && double.IsFinite(camera.FramesPerSecond) && AreCounts(
                camera.Frames, camera.Dropped, camera.Analyzed, camera.BadPackets, camera.CorruptFrames, camera.CropsLost));
        if (!isSound) return "the health has a null camera or a number out of range";
        if (Losses is { } losses && !AreCounts(
            losses.EventsLeftOut, losses.CropsLeftOut, losses.EventsDeleted, losses.CropsDeleted, losses.DiskFailedSeconds))
            return "the health counts impossible losses";
        var areWarningsSound = Warnings is null
            || (Warnings.Length <= MaxWarnings && Warnings.All(w => w is { Length: <= MaxWarningCharacters }));
        return areWarningsSound ? null : "the health's warnings are too many or too long";
    }

    private static bool AreCounts(params ReadOnlySpan<long> counts)
    {
        foreach (var count in counts)
        {
            if (!WireBounds.IsCount(count)) return false;
        }
        return true;
    }
}

/// <summary>The state of one camera of the node; counts since the node started.</summary>
/// <param name="BadPackets">Compressed packets that the decoder refused.</param>
/// <param name="CorruptFrames">Decoded frames with concealed damage.</param>
/// <param name="CropsLost">Pictures that could not be made; their events went without.</param>
public sealed record CameraHealth(
    string Camera,
    bool Up,
    long Frames,
    long Dropped,
    long Analyzed,
    double FramesPerSecond,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long BadPackets = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long CorruptFrames = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long CropsLost = 0);

/// <summary>What a node had to drop, so that nothing goes missing unseen; each loss is declared by gap events as well.</summary>
/// <param name="EventsLeftOut">Lesser events (health, overtaken states, updates of reads) that were not written while the
/// disk took none, since the node started.</param>
/// <param name="CropsLeftOut">The same for pictures.</param>
/// <param name="EventsDeleted">Events that the disk budget had no room for before the center had them, since the outbox
/// was made.</param>
/// <param name="CropsDeleted">The same for pictures.</param>
/// <param name="DiskFailedSeconds">How long the disk took no events, all times since the node started together.</param>
public sealed record NodeLosses(
    long EventsLeftOut, long CropsLeftOut, long EventsDeleted, long CropsDeleted, long DiskFailedSeconds);

/// <summary>A node has started to search a list, or can't search it as it should.</summary>
/// <param name="List">Its name.</param>
/// <param name="Of"><see cref="Plates"/> or <see cref="Faces"/>.</param>
/// <param name="Version">Of the plates that are searched now, the beginning of the file's SHA-256; empty for people.</param>
/// <param name="Entries">Plates or pictures of people that are searched now.</param>
/// <param name="Problem">What is wrong with it, and what to do; absent when nothing is.</param>
/// <param name="LastGood">The list can't be used: the copy of the last one that could be is searched instead.</param>
public sealed record ListAppliedBody(
    string List,
    string Of,
    string Version,
    long Entries,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Problem = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool LastGood = false)
{
    public const string Plates = "plates";
    public const string Faces = "faces";

    /// <summary>A file's path and a reason.</summary>
    public const int MaxProblemCharacters = 400;

    /// <summary>A thousand times what a list may have, and a million of them can still be added up in 64 bits.</summary>
    private const long MaxEntries = 100_000_000;

    /// <summary>What is out of bounds, or null.</summary>
    internal string? Fault() =>
        Entries is < 0 or > MaxEntries ? "the list's number of entries is out of range"
        : Problem is { Length: > MaxProblemCharacters } ? "the list's problem is too long"
        : null;
}
