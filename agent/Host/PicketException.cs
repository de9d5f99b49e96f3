using Picket.Wire;

namespace Picket.Host;

/// <summary>
/// An error that a person can act on: <see cref="Exception.Message"/> is one line that says what, where and what to do, with
/// credentials masked. The command line prints it and ends with <see cref="ExitCode"/>.
/// </summary>
public class PicketException(string message, ExitCode exitCode = ExitCode.Failed, Exception? inner = null)
    : Exception(CredentialMask.Mask(message), inner)
{
    public ExitCode ExitCode { get; } = exitCode;
}
