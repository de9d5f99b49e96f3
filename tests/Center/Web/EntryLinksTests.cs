using Microsoft.Extensions.Time.Testing;
using Picket.Center.Web;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Web;

public sealed class EntryLinksTests
{
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly List<string> _told = [];
    private readonly EntryLinks _links;

    public EntryLinksTests()
    {
        _links = new EntryLinks(_told.Add, _time);
        _links.Renew();
    }

    [Fact]
    public void Enter_Link_OpensOneSessionAndTellsTheNextLink()
    {
        var session = _links.Enter(_told[0]);
        Assert.True(_links.IsSession(session));
        Assert.Null(_links.Enter(_told[0]));
        Assert.Equal(2, _told.Count);
        Assert.NotNull(_links.Enter(_told[1]));
    }

    [Fact]
    public void Renew_Token_Has128Bits()
    {
        Assert.Equal(16, System.Buffers.Text.Base64Url.DecodeFromChars(_told[0]).Length);
        _links.Renew();
        Assert.NotEqual(_told[0], _told[1]);
    }

    [Fact]
    public void Enter_AfterTenMinutes_IsRefusedAndTellsAnotherLink()
    {
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(_links.Enter(_told[0]));
        Assert.Equal(2, _told.Count);
        Assert.NotNull(_links.Enter(_told[1]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    public void Enter_Guess_IsRefusedWithoutAnotherLink(string guess)
    {
        for (var i = 0; i < 100; i++) Assert.Null(_links.Enter(guess));
        Assert.Single(_told);
        Assert.NotNull(_links.Enter(_told[0]));
    }

    [Fact]
    public void IsSession_AfterTheShift_IsOver()
    {
        var session = _links.Enter(_told[0]);
        _time.Advance(EntryLinks.SessionLife);
        Assert.False(_links.IsSession(session));
        Assert.False(_links.IsSession(null));
        Assert.False(_links.IsSession(_told[0]));
    }

    [Fact]
    public void Enter_ManySessions_TheOldestGoes()
    {
        var first = _links.Enter(_told[^1]);
        for (var i = 0; i < 16; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.NotNull(_links.Enter(_told[^1]));
        }
        Assert.False(_links.IsSession(first));
    }
}
