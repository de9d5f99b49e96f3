using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class HostTextTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("center.line")]
    [InlineData("center-2")]
    [InlineData("10.20.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("fd00::1")]
    [InlineData("7segments.example")]
    public void Fault_HostOrAddress_IsNull(string text) => Assert.Null(HostText.Fault(text));

    // As tables have them; what inet_aton(3) makes of them; what is no address (RFC 3696, section 2: no domain is a number).
    [Theory]
    [InlineData("010.020.000.001", "such as 10.20.0.1")]
    [InlineData("10.20.0.01", "such as 10.20.0.1")]
    [InlineData("0x0a.20.0.1", "without leading zeros")]
    [InlineData("10.1", "without leading zeros")]
    [InlineData("2886729729", "without leading zeros")]
    [InlineData("300.1.1.1", "no address")]
    [InlineData("099.1.1.1", "no address")]
    [InlineData("1.2.3.4.5", "no address")]
    [InlineData("10.20.0.1 ", "neither")]
    [InlineData("two words", "neither")]
    [InlineData("", "neither")]
    [InlineData("a;b", "neither")]
    public void Fault_NeitherOrNotTheSameToAll_SaysWhy(string text, string why) => Assert.Contains(why, HostText.Fault(text));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Address_OfAMachine_IsThat(string text) => Assert.Equal(text, HostText.Address(text, out _)?.ToString());

    [Theory]
    [InlineData("localhost", "no address")]
    [InlineData("010.0.0.1", "leading zeros")]
    [InlineData("300.1.1.1", "no address")]
    public void Address_None_SaysWhy(string text, string why)
    {
        Assert.Null(HostText.Address(text, out var error));
        Assert.Contains(why, error);
    }
}
