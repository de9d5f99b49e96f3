using System.Text;
using System.Threading.Channels;

namespace Picket.Tests.Center;

/// <summary>Takes what a program writes, and lets a test wait for a line of it.</summary>
internal sealed class LineWriter : TextWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

    /// <summary>The next line; fails when the token is canceled before it comes.</summary>
    public async Task<string> NextAsync(CancellationToken cancel) => await _lines.Reader.ReadAsync(cancel);

    /// <summary>The lines that nobody has waited for.</summary>
    public IReadOnlyList<string> Rest()
    {
        var rest = new List<string>();
        while (_lines.Reader.TryRead(out var line)) rest.Add(line);
        return rest;
    }
}
