using System.Text;
using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class EnrollmentJsonTests
{
    private static readonly string Root = new('a', 64);

    [Fact]
    public void Requests_AsWritten_AreWhatNodesInTheFieldSpeak()
    {
        Assert.Equal(
            """{"v":1,"secret":"0102030405060708090a","csr":"x"}""",
            Encoding.UTF8.GetString(EnrollmentJson.Write(new JoinRequest(1, "0102030405060708090a", "x"))));
        var join = EnrollmentJson.TryReadJoin("""{"v":1,"secret":"0102030405060708090a","csr":"x","new":1}"""u8, out _);
        Assert.Equal("x", join!.Csr);
        var renew = EnrollmentJson.TryReadRenew(Encoding.UTF8.GetBytes($$"""{"v":1,"roots":["{{Root}}"]}"""), out _);
        Assert.Equal([Root], renew!.Roots);
        Assert.Null(renew.Csr);
        var answer = EnrollmentJson.TryReadAnswer("""{"v":1,"due":true}"""u8, out _);
        Assert.Equal(new EnrollmentAnswer(1, Due: true), answer);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"v":2,"secret":"0102030405060708090a","csr":"x"}""")]
    [InlineData("""{"v":1,"secret":"0102030405060708090","csr":"x"}""")]
    [InlineData("""{"v":1,"secret":"0102030405060708090g","csr":"x"}""")]
    [InlineData("""{"v":1,"secret":"0102030405060708090a","csr":null}""")]
    [InlineData("""{"v":1,"secret":"0102030405060708090a","csr":"x","csr":"y"}""")]
    public void TryReadJoin_BadRequest_IsRefused(string text)
    {
        Assert.Null(EnrollmentJson.TryReadJoin(Encoding.UTF8.GetBytes(text), out var error));
        Assert.NotEqual("", error);
    }

    [Theory]
    [InlineData("""{"v":1,"roots":[]}""")]
    [InlineData("""{"v":1,"roots":[null]}""")]
    [InlineData("""{"v":1,"roots":["abc"]}""")]
    public void TryReadRenew_BadRequest_IsRefused(string text)
    {
        Assert.Null(EnrollmentJson.TryReadRenew(Encoding.UTF8.GetBytes(text), out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void TryRead_TooLong_IsRefusedUnread()
    {
        var body = new byte[EnrollmentJson.MaxRequestBytes + 1];
        Assert.Null(EnrollmentJson.TryReadJoin(body, out var error));
        Assert.Contains("at most 16384", error);
    }
}
