using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("/var/lib/picket-center")]
    [InlineData("gate-1.csr")]
    public void Word_PlainPath_IsAsItIs(string text) => Assert.Equal(text, ShellText.Word(text));

    // The judge is the shell itself: one word, the same bytes.
    [Theory]
    [InlineData("")]
    [InlineData("my site")]
    [InlineData("it's")]
    [InlineData("$(touch x)`y`;&|<>*?[]{}~#!\"\\")]
    [InlineData("größe")]
    public async Task Word_AnyText_IsOneWordToAShell(string text)
    {
        var shell = await ExternalProgram.RunAsync("/bin/sh", "-c", $"printf '%s|' {ShellText.Word(text)}");
        Assert.Equal((0, text + "|"), (shell.ExitCode, shell.Output));
    }
}
