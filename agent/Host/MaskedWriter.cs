using System.Text;
using Picket.Wire;

namespace Picket.Host;

/// <summary>
/// Standard error of both programs: whatever is written to it, a log line or an error, shows no credentials.
/// </summary>
/// <param name="output">Lent; each text is masked on its own, so it should be a whole line.</param>
public sealed class MaskedWriter(TextWriter output) : TextWriter
{
    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) => output.Write(value);

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (value is not null) output.Write(CredentialMask.Mask(value));
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    public override void Flush() => output.Flush();
}
