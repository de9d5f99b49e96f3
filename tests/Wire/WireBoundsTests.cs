using System.Text;
using Picket.Wire;

namespace Picket.Tests.Wire;

/// <summary>A trillion may be said, one more may not, whatever says it; as JSON by hand, since no writer of ours makes it.</summary>
public sealed class WireBoundsTests
{
    private const string Epoch = "019c2f00-0000-7000-8000-0000000000aa";

    [Theory]
    [InlineData("1000000000000", true)]
    [InlineData("1000000000001", false)]
    [InlineData("9223372036854775807", false)]
    [InlineData("-1", false)]
    public void TryRead_Numbers_AreTakenUpToATrillion(string number, bool isTaken)
    {
        Assert.Equal(isTaken, WireJson.TryReadStatus(Utf8($$"""
            {"v":1,"online":true,"held":[{"epoch":"{{Epoch}}","low":1,"high":{{number}}}]}
            """), out _) is not null);
        Assert.Equal(isTaken, WireJson.TryReadAck(Utf8($$"""
            {"v":1,"node":"gate-1","ids":[],"epoch":"{{Epoch}}","seqs":[1,{{number}}]}
            """), out _) is not null);
        Assert.Equal(isTaken, WireJson.TryReadCommand(Utf8($$"""
            {"v":1,"id":"{{Epoch}}","node":"gate-1","at":"2026-03-01T12:00:00Z","kind":"resend",
            "ranges":[{"epoch":"{{Epoch}}","from":1,"to":{{number}}}]}
            """), out _) is not null);
        Assert.Equal(isTaken, WireJson.TryReadHeader(Utf8(Event(number, "1", "{}")), out _) is not null);
        Assert.Equal(isTaken, Reads(number, "1", $$"""{"gap"{{Gap("9")}}}"""));
        Assert.Equal(isTaken, Reads("1", "1", $$"""{"gap"{{Gap(number)}}}"""));
        Assert.Equal(isTaken, Reads("1", "1", $$$"""{"health":{"uptimeSeconds":1,"outboxPending":{{{number}}},"cameras":[]}}"""));
    }

    // 4 * 10^18 ns are 126 years.
    [Theory]
    [InlineData("4000000000000000000", true)]
    [InlineData("4000000000000000001", false)]
    [InlineData("-1", false)]
    public void TryReadEvent_Mono_IsTakenUpToItsBound(string mono, bool isTaken) =>
        Assert.Equal(isTaken, Reads("1", mono, $$"""{"gap"{{Gap("9")}}}"""));

    private static bool Reads(string seq, string mono, string body) =>
        WireJson.TryReadEvent(Utf8(Event(seq, mono, body)), out _) is not null;

    private static string Event(string seq, string mono, string body) => $$"""
        {"v":1,"id":"{{Epoch}}","node":"gate-1","epoch":"{{Epoch}}","seq":{{seq}},"at":"2026-03-01T12:00:00Z","mono":{{mono}},
        "kind":"node.gap","body":{{body}}}
        """;

    private static string Gap(string number) =>
        $$""":{"epoch":"{{Epoch}}","firstSeq":1,"lastSeq":{{number}},"count":{{number}},"reason":"x"}""";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
