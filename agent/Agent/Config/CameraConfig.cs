using System.Numerics;

namespace Picket.Agent.Config;

/// <summary>One camera of the site.</summary>
internal sealed record CameraConfig
{
    public required string Name { get; init; }

    /// <summary>Address without credentials, or the path of a clip.</summary>
    public required string Url { get; init; }
    public string? User { get; init; }

    /// <summary>Null for a camera that asks for none.</summary>
    public CameraPassword? Password { get; init; }

    /// <summary>Look for faces of the watchlist.</summary>
    public bool Faces { get; init; } = true;

    /// <summary>
    /// How often the detector runs. A person walking through a door is in view for 2 s or more: 8 gives 16 chances;
    /// tracking fills in between.
    /// </summary>
    public double AnalysisPerSecond { get; init; } = 8;

    /// <summary>
    /// Height in pixels of the smallest face wanted; decides whether the picture is searched in tiles. 0: what one
    /// look at the whole picture finds (a twelfth of its height).
    /// </summary>
    public int SmallestFacePixels { get; init; }

    /// <summary>Read number plates.</summary>
    public bool Plates { get; init; }

    /// <summary>
    /// Width in pixels of the smallest plate wanted; decides whether the picture is searched in tiles. 0 = what one look
    /// at the whole picture finds. A plate is read from about 70 pixels on.
    /// </summary>
    public int SmallestPlatePixels { get; init; }

    /// <summary>
    /// A picture of every vehicle's plate, 4 kB each, not only of those on a list.
    /// </summary>
    public bool PlateCrops { get; init; } = true;

    /// <summary>The regions whose plates are expected; empty = all that the node knows compete.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>
    /// Polygons that are blanked in every tensor, crop and picture; corners from 0 to 1 of width and height.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<Vector2>> Masks { get; init; } = [];

    public override string ToString() => $"camera {Name}";
}

/// <summary>Where a camera's password is: in a file, or in a variable of the environment. Never the password
/// itself.</summary>
/// <param name="File">Absolute, or null.</param>
/// <param name="Variable">Or null.</param>
internal sealed record CameraPassword(string? File, string? Variable)
{
    /// <summary>The longest that cameras take are 128 characters.</summary>
    private const int MaxBytes = 4096;

    /// <summary>The password as it is now: a secret. Read at each connection, so that a file that appears late or changes
    /// is used without a restart.</summary>
    /// <exception cref="PicketException">It is not there or can't be read; that affects only this camera.</exception>
    public string Read()
    {
        // Neither the file's name nor the variable's is repeated: it may be the password itself by mistake.
        if (File is null)
        {
            return Environment.GetEnvironmentVariable(Variable!) is { Length: > 0 } value ? value
                : throw new PicketException("passwordEnvironment names a variable that is not set");
        }
        try
        {
            var secret = BoundedFile.ReadText(File, MaxBytes).TrimEnd('\r', '\n');
            if (secret.Length == 0) throw new PicketException("passwordFile names an empty file; write the password into it");
            if (secret.Any(char.IsControl)) throw new PicketException("passwordFile names a file of more than one line");
            return secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                e is FileNotFoundException or DirectoryNotFoundException
                    ? "passwordFile names a file that is not there"
                    : "passwordFile names a file that can't be read by this account",
                inner: e);
        }
    }
}
