namespace Picket.Host;

/// <summary>The exit codes of every verb of both programs; scripts depend on them.</summary>
public enum ExitCode
{
    Done = 0,
    Failed = 1,

    /// <summary>Bad usage or configuration.</summary>
    BadUsage = 2,

    /// <summary>A needed part (model, library, certificate, program) is missing; the message names the remedy.</summary>
    PartMissing = 3,
}
