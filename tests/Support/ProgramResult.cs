namespace Picket.Tests.Support;

/// <summary>How an external program ended.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors);
