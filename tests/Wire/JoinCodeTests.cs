using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class JoinCodeTests
{
    // Made by a Python script of its own from the format's description: authority b"authority", secret bytes 1 to 10.
    private const string Known = "gate-1:HXVFT-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H2";

    private static readonly byte[] Authority = "authority"u8.ToArray();

    [Theory]
    [InlineData(Known)]
    [InlineData(" gate-1:hxvftm0vpt7fe7te4xnw53s9qg0g40r40m30e2091a9h2 ")]
    [InlineData("gate-1:HXVFT MOVPT 7FE7T E4XNW 53S9Q GOG40 R4OM3 0E209 LA9H2")]
    public void TryParse_CodeAsTyped_GivesItsParts(string text)
    {
        var code = JoinCode.TryParse(text.Trim(), out var error);

        Assert.Equal("", error);
        Assert.Equal("gate-1", code!.Node);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], code.Secret.ToArray());
        Assert.True(code.IsOf(Authority));
        Assert.False(code.IsOf("another"u8));
        Assert.Equal(Known, code.Reveal());
    }

    [Fact]
    public void TryParse_AnyOneCharacterChanged_IsFoundAndNotRepeated()
    {
        for (var i = 0; i < Known.Length; i++)
        {
            if (Known[i] == '-' || i == "gate".Length) continue;
            var typed = Known[..i] + (Known[i] == '7' ? '8' : '7') + Known[(i + 1)..];
            Assert.Null(JoinCode.TryParse(typed, out var error));
            Assert.DoesNotContain("HXVFT", error);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("gate-1")]
    [InlineData("gate-1:")]
    [InlineData(":HXVFT-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H2")]
    [InlineData("Gate:HXVFT-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H2")]
    [InlineData("gate-1:HXVFT-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H2-0")]
    [InlineData("gate-1:HXVFT-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H")]
    [InlineData("gate-1:HXVFT-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H3")] // the bit behind the last byte is set
    [InlineData("gate-1:UUUUU-M0VPT-7FE7T-E4XNW-53S9Q-G0G40-R40M3-0E209-1A9H2")]
    public void TryParse_NoCode_SaysWhy(string text)
    {
        Assert.Null(JoinCode.TryParse(text, out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void Create_Twice_HasOtherSecretsAndShowsThemOnlyWhenAsked()
    {
        var (a, b) = (JoinCode.Create("gate-1", Authority), JoinCode.Create("gate-1", Authority));

        Assert.NotEqual(a.Secret.ToArray(), b.Secret.ToArray());
        Assert.Equal(a.Secret.ToArray(), JoinCode.TryParse(a.Reveal(), out _)!.Secret.ToArray());
        Assert.Equal("join code of gate-1", $"{a}");
    }
}
