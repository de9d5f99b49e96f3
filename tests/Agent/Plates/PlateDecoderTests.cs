using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Tests.Agent.Plates.Grammar;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateDecoderTests
{
    private static readonly PlateGrammar Pakistan = Load("pk");
    private static readonly PlateGrammar Brazil = Load("br");

    // By posterior and least certain character alone.
    private readonly PlateDecoder _decoder = new(
        PlateGrammarTests.Costs, new PlateCalibration(0, 0.5f, 0, 0.5f, 0, 0));

    [Theory]
    [InlineData("LEB1234", "", 1)]
    [InlineData("LEB", "1234", 2)]
    public void Read_ClearPlate_IsReadWithConfidence(string upper, string lower, int rows)
    {
        var read = Read(Pakistan, rows == 1 ? PlateOutputs.Of(upper) : PlateOutputs.Of(upper, lower));
        Assert.Equal("LEB1234", read.Text);
        Assert.Equal(rows, read.Rows);
        Assert.Equal("pk", read.Region);
        Assert.Equal("three letters, four digits (motorcycles)", read.Format);
        Assert.InRange(read.Confidence, 0.95f, 1);
        Assert.InRange(read.Score, 0.95f, 1);
        Assert.Equal(7, read.Characters.Count);
        Assert.All(read.Characters, confidence => Assert.InRange(confidence, 0.97f, 1));
        Assert.Equal(new PlateHypothesis("LEB1234", read.Confidence), read.Candidates[0]);
    }

    [Fact]
    public void Read_NothingThere_IsNothing() =>
        Assert.Same(PlateRead.Nothing, Read(Pakistan, new PlateOutputs()));

    // The reader prefers O by 1 nat: a format of four digits at the end makes it a 0.
    [Fact]
    public void Read_DoubtfulCharacter_IsDecidedByTheGrammar()
    {
        var outputs = PlateOutputs.Of("ABC1230").Doubt(6, 'O', 1);
        var read = Read(Brazil, outputs);
        Assert.Equal("ABC1230", read.Text);
        Assert.Equal("1990 series", read.Format);
        Assert.Equal("ABC123O", read.Candidates[1].Text);
        Assert.True(read.Characters[6] < 0.5f);
        Assert.True(read.Confidence < 0.9f);
        Assert.InRange(read.Candidates.Sum(candidate => candidate.Confidence), 0.5f, 1.0001f);
    }

    // By 9 nats it is an O, whatever the formats say (no format costs 4).
    [Fact]
    public void Read_CertainCharacterAgainstTheGrammar_IsKeptAndMarked()
    {
        var read = Read(Load("tr"), PlateOutputs.Of("ABC1034").Doubt(4, 'O', 9));
        Assert.Equal("ABC1O34", read.Text);
        Assert.Null(read.Region);
        Assert.Equal(PlateRead.NoFormat, read.Format);
    }

    [Fact]
    public void Read_SeveralRegions_TheFittingOneIsNamed()
    {
        var read = Read(Load("pk", "br", "tr"), PlateOutputs.Of("34ABC123"));
        Assert.Equal("tr", read.Region);
    }

    // Each crop alone reads a wrong character; together they leave only the right one likely.
    [Fact]
    public void Read_TwoCrops_TheTextLikelyInBothWins()
    {
        var first = PlateOutputs.Of("ABC1234").Doubt(0, 'X', 0.5);
        var second = PlateOutputs.Of("ABC1234").Doubt(6, '9', 0.5);
        Assert.Equal("XBC1234", Read(Brazil, first).Text);
        Assert.Equal("ABC1239", Read(Brazil, second).Text);
        Assert.Equal("ABC1234", Read(Brazil, first, second).Text);
    }

    [Fact]
    public void Read_TheLikelierTheMoreConfident()
    {
        var clear = Read(Brazil, PlateOutputs.Of("ABC1234"));
        var doubtful = Read(Brazil, PlateOutputs.Of("ABC1234").Doubt(4, '8', -1));
        Assert.Equal(doubtful.Text, clear.Text);
        Assert.True(doubtful.Confidence < clear.Confidence - 0.1f);
        Assert.True(doubtful.Characters[4] < 0.8f);
    }

    [Fact]
    public void Add_MoreCropsThanATrackHas_IsRefused()
    {
        _decoder.Begin();
        var outputs = new PlateOutputs().Log();
        for (var i = 0; i < PlateDecoder.MaxCrops; i++) _decoder.Add(outputs, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _decoder.Add(outputs, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _decoder.Add(outputs.AsSpan(1), 1));
    }

    // The read itself, with its texts and candidates, is some 600 bytes; nothing else may come from the heap.
    [Fact]
    public void Read_Repeated_AllocatesTheReadAlone()
    {
        var outputs = PlateOutputs.Golden(1, "LEB1234", 1);
        void Once()
        {
            _decoder.Begin();
            _decoder.Add(outputs, 1);
            _decoder.Read(Pakistan, 100);
        }
        Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) Once();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 10, 1, 1_000);
    }

    [Fact]
    public void ToString_OfARead_HasNoText() =>
        Assert.DoesNotContain("LEB", $"{Read(Pakistan, PlateOutputs.Of("LEB1234"))}");

    private PlateRead Read(PlateGrammar grammar, params PlateOutputs[] crops)
    {
        _decoder.Begin();
        _decoder.Add([.. crops.SelectMany(crop => crop.Log())], 1);
        return _decoder.Read(grammar, 120);
    }

    private static PlateGrammar Load(params string[] regions) =>
        PlateGrammar.Load(Repository.Path("models", "plates", "regions"), regions);
}
