using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Faults.Site;
using Picket.Host;
using Picket.Tests.Support;

namespace Picket.Faults.Power;

/// <summary>Opens an outbox by the product, and lets verify-power.py look whether all is in it that had been
/// accepted.</summary>
/// <param name="journal">Of all accepted events.</param>
internal sealed class PowerOpenings(string journal) : IDisposable
{
    private readonly Process _judge = Process.Start(new ProcessStartInfo(
        "/usr/bin/python3", [Repository.Path("tests", "Faults", "verify-power.py"), journal])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public int Count { get; private set; }

    /// <summary>Accepted events that were missing, over all states.</summary>
    public long Lost { get; private set; }

    /// <param name="files">The outbox's files and what is in them.</param>
    /// <param name="accepted">How many bytes of the journal were written by then.</param>
    /// <returns>What is wrong, or null.</returns>
    public async Task<string?> OpenAsync(Dictionary<string, byte[]> files, long accepted)
    {
        using var folder = new TempFolder();
        var path = Directory.CreateDirectory(folder.File("state")).FullName;
        foreach (var (name, content) in files) await File.WriteAllBytesAsync(Path.Combine(path, name), content);
        var state = string.Create(
            CultureInfo.InvariantCulture, $"state {++Count}, {accepted} bytes of the journal written");
        try
        {
            await using var store = OutboxStore.Open(
                path, FaultSite.NodeName, new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
            // Before the first event there is nothing to be damaged; the product sets such a file aside as well.
            if (store.SetAside is not null && accepted > 0) return $"{state}: taken for damaged";
            _ = store.OpenPassages();
        }
        catch (PicketException e)
        {
            return $"{state}: {e.Message}";
        }
        await _judge.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{path}\t{accepted}"));
        var answer = await _judge.StandardOutput.ReadLineAsync() ?? "the judge ended";
        if (answer == "0") return null;
        Lost += long.TryParse(answer, CultureInfo.InvariantCulture, out var missing) ? missing : 1;
        return $"{state}: missing {answer}";
    }

    public void Dispose()
    {
        _judge.StandardInput.Close();
        _judge.WaitForExit();
        _judge.Dispose();
    }
}
