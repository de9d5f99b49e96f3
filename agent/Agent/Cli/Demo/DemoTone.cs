namespace Picket.Agent.Cli.Demo;

/// <summary>How loud a line is.</summary>
internal enum DemoTone
{
    Plain,
    Alert,
    Notice,
    Good,
    Lesser,
}
