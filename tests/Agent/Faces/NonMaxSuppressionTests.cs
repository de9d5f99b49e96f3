using Picket.Agent.Faces;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

public sealed class NonMaxSuppressionTests
{
    // Hand sums: 10x10 boxes moved by 2 share 80 of 120 (IoU 0.667), by 5 share 50 of 150 (0.333).
    [Fact]
    public void Run_OverlappingBoxes_KeepsTheBestOfEach()
    {
        Detection[] boxes =
            [new(2, 0, 10, 10, 0.8f), new(0, 0, 10, 10, 0.9f), new(5, 0, 10, 10, 0.7f), new(100, 0, 10, 10, 0.95f)];
        var kept = NonMaxSuppression.Run(boxes, 0.4f);
        Assert.Equal([0.95f, 0.9f, 0.7f], boxes[..kept].Select(box => box.Score));
    }

    // The chain a-b-c: b falls to a, so it may not take c with it.
    [Fact]
    public void Run_DroppedBox_DropsNoOther()
    {
        Detection[] boxes = [new(0, 0, 10, 10, 0.9f), new(4, 0, 10, 10, 0.8f), new(8, 0, 10, 10, 0.7f)];
        var kept = NonMaxSuppression.Run(boxes, 0.4f);
        Assert.Equal([0.9f, 0.7f], boxes[..kept].Select(box => box.Score));
    }

    [Fact]
    public void Run_NoBoxes_KeepsNone() => Assert.Equal(0, NonMaxSuppression.Run([], 0.4f));

    [Fact]
    public void Run_EmptyBoxes_AreNoOverlap()
    {
        Detection[] boxes = [new(3, 3, 0, 0, 0.9f), new(3, 3, 0, 0, 0.8f)];
        Assert.Equal(2, NonMaxSuppression.Run(boxes, 0.4f));
    }

    [Fact]
    public void Run_ManyBoxes_AllocatesNothing()
    {
        var boxes = new Detection[300];
        for (var i = 0; i < boxes.Length; i++) boxes[i] = new Detection(i, 0, 10, 10, i * 37 % 300 / 300f);
        NonMaxSuppression.Run(boxes, 0.4f);
        Assert.Equal(0, Allocation.Of(() => NonMaxSuppression.Run(boxes, 0.4f)));
    }
}
