using Picket.Agent.Config;
using Picket.Agent.Lists;
using Picket.Wire;

namespace Picket.Agent.Faces;

/// <summary>
/// The list of people: read from its folder or, when that is missing or has nothing usable, from the copy of the last
/// good one. Searched by all threads; read by one at a time.
/// </summary>
internal sealed class FaceListSource
{
    private readonly FaceListConfig? _config;
    private readonly FaceModels _models;
    private readonly ListCopies? _copies;
    private volatile FaceList _now;

    private FaceListSource(FaceListConfig? config, FaceModels models, ListCopies? copies)
    {
        (_config, _models, _copies) = (config, models, copies);
        _now = Make(new FaceGallery(models.Dimensions, []), []);
        State = config is null ? null : new ListState(config.Name, ListAppliedBody.Faces, "", 0);
    }

    /// <summary>What is searched at the moment: take it once per search. Empty without a list.</summary>
    public FaceList Now => _now;

    /// <summary>Null without a list.</summary>
    public ListState? State { get; private set; }

    /// <summary>Reads the list that <paramref name="config"/> names; without one, nobody is looked for. Problems are in
    /// <see cref="State"/>.</summary>
    /// <param name="copies">Keeps the list's last good copy; null for none.</param>
    public static FaceListSource Load(
        FaceListConfig? config, FaceModels models, CancellationToken cancel, ListCopies? copies = null)
    {
        var source = new FaceListSource(config, models, copies);
        if (config is not null) source.Read(config, cancel);
        return source;
    }

    /// <summary>Reads the folder again if nobody could be read from it; true when that changed something.</summary>
    public bool TryMend(CancellationToken cancel)
    {
        if (_config is null || State is not { IsMissing: true } before) return false;
        Read(_config, cancel);
        return State != before;
    }

    private void Read(FaceListConfig config, CancellationToken cancel)
    {
        var folder = GalleryFolder.Load(config.Folder, _models, cancel);
        if (folder.Gallery.Count == 0 && !IsEmptied(config.Folder))
        {
            StandIn(config, folder.Problems);
            return;
        }
        _now = Make(folder.Gallery, folder.Problems);
        State = State! with
        {
            Entries = folder.Gallery.Count,
            LastGood = false,
            IsMissing = folder.Gallery.Count == 0,
            Problem = Told(folder.Problems),
        };
        Keep(config, folder.Gallery);
    }

    /// <summary>Somebody took everybody off the list; a missing folder, or one with only unusable pictures, is a
    /// fault.</summary>
    private static bool IsEmptied(string folder)
    {
        try
        {
            return !Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The last good list stays in use.</summary>
    private void StandIn(FaceListConfig config, IReadOnlyList<GalleryProblem> problems)
    {
        var gallery = _now.Gallery;
        var problem = Told(problems);
        try
        {
            if (gallery.Count == 0 && _copies?.Read(FaceGalleryCopy.FileName) is { } copy)
                gallery = FaceGalleryCopy.Read(copy, _models.Embedder, _models.Dimensions);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem += $"; the last good copy of {config.Folder} can't be used ({e.Message})";
        }
        _now = Make(gallery, problems);
        State = State! with { Entries = gallery.Count, Problem = problem, LastGood = gallery.Count > 0, IsMissing = true };
    }

    private void Keep(FaceListConfig config, FaceGallery gallery)
    {
        try
        {
            if (gallery.Count == 0) _copies?.Forget(FaceGalleryCopy.FileName);
            else _copies?.Keep(FaceGalleryCopy.FileName, FaceGalleryCopy.Write(gallery, _models.Embedder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            State = State! with
            {
                Problem = $"{State.Problem ?? "all are searched"}; no copy of {config.Folder} can be kept ({e.Message})",
            };
        }
    }

    private static string? Told(IReadOnlyList<GalleryProblem> problems) => problems.Count switch
    {
        0 => null,
        1 => problems[0].ToString(),
        _ => $"{problems[^1]}; {problems.Count - 1} more in the log",
    };

    private FaceList Make(FaceGallery gallery, IReadOnlyList<GalleryProblem> problems) =>
        new(_config?.Name ?? "", gallery, _models.Curve, _config?.FalseAlertsPerFace ?? 1, problems);
}
