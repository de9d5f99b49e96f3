namespace Picket.Agent.Config;

/// <summary>
/// The configuration can't be used; the message lists every error, one a line, each with file, line, key and hint.
/// </summary>
internal sealed class ConfigException(string message) : PicketException(message, ExitCode.BadUsage);
