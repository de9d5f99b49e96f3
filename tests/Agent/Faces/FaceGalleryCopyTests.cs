using Picket.Agent.Faces;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceGalleryCopyTests
{
    private static readonly FaceGallery Gallery = new(2, [("anna", [0.6f, 0.8f]), ("bert", [1, 0]), ("anna", [0, 1])]);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var read = FaceGalleryCopy.Read(FaceGalleryCopy.Write(Gallery, "m 1"), "m 1", 2);

        Assert.Equal(["anna", "bert"], read.People);
        Assert.Equal(["anna", "bert", "anna"], Enumerable.Range(0, read.Count).Select(read.PersonOf));
        Assert.Equal([0.6f, 0.8f], read.Embedding(0).ToArray());
        Assert.Equal([0, 1], read.Embedding(2).ToArray());
    }

    [Theory]
    [InlineData("m 2", 2)]
    [InlineData("m 1", 3)]
    public void Read_OfAnotherModel_IsRefused(string model, int dimensions) => Assert.Contains(
        "another model",
        Assert.Throws<IOException>(() => FaceGalleryCopy.Read(FaceGalleryCopy.Write(Gallery, "m 1"), model, dimensions)).Message);

    [Fact]
    public void Read_CutOrChangedAnywhere_IsRefusedOrReadButNeverFailsOtherwise()
    {
        var whole = FaceGalleryCopy.Write(Gallery, "m 1");
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<IOException>(() => FaceGalleryCopy.Read(whole[..length], "m 1", 2));
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = (byte[])whole.Clone();
            changed[at] ^= 0xFF;
            try
            {
                FaceGalleryCopy.Read(changed, "m 1", 2);
            }
            catch (IOException)
            {
                continue; // refused: as good as read with another number in it
            }
        }
    }
}
