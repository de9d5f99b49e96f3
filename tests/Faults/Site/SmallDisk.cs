using System.Globalization;

namespace Picket.Faults.Site;

/// <summary>A disk that can be really full: a tmpfs over a folder, in a mount namespace of its own that lives as long as
/// this object. It holds what the folder held.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    /// <summary>Arguments: the folder, the size.</summary>
    private const string Script = """
        set -eu
        cp -a "$1/." "$1.before/"
        mount -t tmpfs -o "size=$2,mode=0700" tmpfs "$1"
        cp -a "$1.before/." "$1/"
        echo mounted
        exec sleep infinity
        """;

    private readonly ChildProgram _holder;
    private readonly string _folder;

    private SmallDisk(ChildProgram holder, string folder)
    {
        _holder = holder;
        _folder = folder;
    }

    /// <summary>What a program has to be started by to see the disk.</summary>
    public IReadOnlyList<string> Prefix =>
    [
        "/usr/bin/nsenter", "--preserve-credentials", "--user", "--mount", "--target",
        _holder.Id.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Seen from outside.</summary>
    private string Filler => string.Create(CultureInfo.InvariantCulture, $"/proc/{_holder.Id}/root{_folder}/filler");

    /// <param name="size">As mount(8) reads it, for instance <c>4m</c>.</param>
    public static async Task<SmallDisk> MountAsync(string folder, string size, string log)
    {
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(folder + ".before");
        var holder = ChildProgram.Start(
            "/usr/bin/unshare", ["--map-root-user", "--mount", "bash", "-c", Script, "bash", folder, size], log);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        if (await holder.ReadLineAsync("mounted", limit.Token)) return new SmallDisk(holder, folder);
        throw new InvalidOperationException($"no tmpfs over {folder}; see {log}");
    }

    /// <summary>Takes the last byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (int[])[65536, 4096, 1])
        {
            var some = new byte[size];
            try
            {
                while (true) file.Write(some);
            }
            catch (IOException)
            {
                // Full, as far as pieces of this size go.
                continue;
            }
        }
    }

    public void Free() => File.Delete(Filler);

    public ValueTask DisposeAsync() => _holder.DisposeAsync();
}
