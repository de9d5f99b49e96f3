namespace Picket.Center;

/// <summary>The exit codes of every verb; scripts depend on them.</summary>
internal enum ExitCode
{
    Done = 0,
    Failed = 1,

    /// <summary>Bad usage or configuration.</summary>
    BadUsage = 2,

    /// <summary>A needed part (certificate, file, program) is missing; the message names the remedy.</summary>
    PartMissing = 3,
}
