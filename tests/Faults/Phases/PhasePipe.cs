using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Picket.Faults.Phases;

/// <summary>The supervisor's end of the pipes on which the programs under test announce their phases. A thread of its
/// own reads, so that a trigger is pulled within microseconds.</summary>
internal sealed partial class PhasePipe : IDisposable
{
    private const string Mark = "mark";

    private readonly FileStream _pipe;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly List<PhaseEvent> _seen = [];
    private Action<PhaseEvent>? _watch;
    private TaskCompletionSource _marked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="path">Of the pipe to be made.</param>
    public PhasePipe(string path)
    {
        Path = path;
        const int OwnerOnly = 0b110_000_000; // 0600
        if (mkfifo(path, OwnerOnly) != 0)
            throw new IOException($"mkfifo {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        // Open for both: then it neither waits for a writer nor ends with the last one.
        _pipe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _thread = new Thread(Read) { IsBackground = true, Name = "phases", Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    public string Path { get; }

    /// <summary>What was announced since <see cref="Begin"/>, in the order of the pipe.</summary>
    public IReadOnlyList<PhaseEvent> Seen
    {
        get
        {
            lock (_gate) return [.. _seen];
        }
    }

    /// <summary>Forgets what was announced, and from now on calls <paramref name="watch"/> with each announcement, on the
    /// pipe's thread.</summary>
    public void Begin(Action<PhaseEvent>? watch)
    {
        lock (_gate)
        {
            _seen.Clear();
            _watch = watch;
        }
    }

    /// <summary>Completes when all is read that was written before.</summary>
    public Task DrainedAsync()
    {
        TaskCompletionSource marked;
        lock (_gate) _marked = marked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pipe.Write(Encoding.ASCII.GetBytes($"0 0 {Mark} 0 0\n"));
        return marked.Task;
    }

    public void Dispose()
    {
        _pipe.Write("0 0 end 0 0\n"u8);
        _thread.Join();
        _pipe.Dispose();
    }

    private void Read()
    {
        var buffer = new byte[64 * 1024];
        var held = 0;
        while (true)
        {
            held += _pipe.Read(buffer.AsSpan(held));
            var text = buffer.AsSpan(0, held);
            for (int end; (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
            {
                if (!Take(Encoding.ASCII.GetString(text[..end]))) return;
            }
            text.CopyTo(buffer);
            held = text.Length;
        }
    }

    private bool Take(string line)
    {
        var words = line.Split(' ');
        var announced = new PhaseEvent(
            int.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture),
            words[2], int.Parse(words[3], CultureInfo.InvariantCulture),
            int.Parse(words[4], CultureInfo.InvariantCulture));
        if (announced.Word == "end") return false;
        Action<PhaseEvent>? watch;
        lock (_gate)
        {
            if (announced.Word == Mark)
            {
                _marked.TrySetResult();
                return true;
            }
            _seen.Add(announced);
            watch = _watch;
        }
        watch?.Invoke(announced);
        return true;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int mkfifo(string path, uint mode);
}
