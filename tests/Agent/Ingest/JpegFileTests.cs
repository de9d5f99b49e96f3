using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

/// <summary>
/// Files written by hand after ITU-T T.81, annex B: SOI, an APP1 of 6 bytes that holds a thumbnail's FF D9, SOS, data.
/// </summary>
public sealed class JpegFileTests
{
    private const string Start = "FFD8 FFE1 0006 FFD8FFD9 FFDA 0004 0000 1122FF0033";

    [Theory]
    [InlineData(Start + "FFD9", true)]
    [InlineData(Start + "FFD9 0000 0000", true)]
    [InlineData(Start, false)]
    [InlineData(Start + "FF", false)]
    [InlineData("FFD8 FFE1 0006 FFD8FFD9", false)]
    [InlineData("FFD8 FFE1 FFFF FFD8FFD9", false)]
    [InlineData("FFD8 FFFF FFD9 0000", true)]
    [InlineData("FFD8", false)]
    [InlineData("FF", false)]
    [InlineData("", false)]
    public void IsComplete_File_AsItsEndMarkerSays(string hex, bool expected) =>
        Assert.Equal(expected, JpegFile.IsComplete(Convert.FromHexString(hex.Replace(" ", ""))));
}
