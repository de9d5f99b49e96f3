namespace Picket.Agent.Ingest;

/// <summary>
/// A source ended its run; the message is one line with what, where and what to do, credentials masked.
/// </summary>
internal sealed class SourceException(SourceErrorKind kind, string message, ExitCode exitCode = ExitCode.Failed)
    : PicketException(message, exitCode)
{
    public SourceErrorKind Kind { get; } = kind;
}
