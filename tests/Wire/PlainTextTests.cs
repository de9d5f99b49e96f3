using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("stick/\u001b[2Jgate.picket", "stick/?[2Jgate.picket")]
    [InlineData("a\nb\rc\u0085d", "a?b?c?d")]
    [InlineData("a\u202eb\u2066c\u200fd", "a?b?c?d")] // direction overrides, isolates and marks
    [InlineData("a\u2028b\u2029c", "a?b?c")]
    [InlineData("Tor Süd \u0645", "Tor Süd \u0645")]
    [InlineData(null, "")]
    public void Of_Text_HasNothingThatATerminalObeys(string? text, string plain) => Assert.Equal(plain, PlainText.Of(text));

    [Fact]
    public void Of_LongText_IsCut() => Assert.Equal("xxxx...", PlainText.Of(new string('x', 900), 4));
}
