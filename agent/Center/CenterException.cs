namespace Picket.Center;

/// <summary>A <see cref="PicketException"/> of the center.</summary>
internal sealed class CenterException(string message, ExitCode exitCode = ExitCode.Failed, Exception? inner = null)
    : PicketException(message, exitCode, inner);
