namespace Picket.Agent.Ingest;

/// <summary>
/// A source failed; the message is one line with what, where and what to do, credentials masked.
/// </summary>
internal sealed class SourceException(SourceErrorKind kind, string message, ExitCode exitCode = ExitCode.Failed)
    : PicketException(message, exitCode)
{
    public SourceErrorKind Kind { get; } = kind;
}

/// <summary>Why a source failed.</summary>
internal enum SourceErrorKind
{
    /// <summary>No answer, refused connection, unknown host.</summary>
    Unreachable,

    /// <summary>The camera wants other credentials: retrying soon is pointless.</summary>
    Unauthorized,

    /// <summary>The camera answers, but does not serve now: too many viewers, busy, an internal fault.</summary>
    Refused,

    /// <summary>No such stream on the camera, or no such file.</summary>
    NotFound,

    /// <summary>Connected, but nothing more came in time.</summary>
    Stalled,

    /// <summary>The camera closed the connection.</summary>
    Ended,

    /// <summary>Damaged, cut short, or not allowed to be read.</summary>
    Unreadable,

    /// <summary>Understood, but not supported.</summary>
    Unsupported,
}
