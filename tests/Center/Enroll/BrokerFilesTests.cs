using Picket.Center.Enroll;

namespace Picket.Tests.Center.Enroll;

public sealed class BrokerFilesTests
{
    // Least privilege: event, crop, status for writing and ack, cmd, lists for reading, one by one.
    [Fact]
    public void Acl_Node_GetsItsTopicsOneByOne()
    {
        var block = BrokerFiles.Acl(["gate-1"]).Split("user gate-1\n")[1];
        Assert.Equal(
            [
                "topic read picket/v1/gate-1/ack",
                "topic read picket/v1/gate-1/cmd",
                "topic read picket/v1/list/+",
                "topic write picket/v1/gate-1/event",
                "topic write picket/v1/gate-1/crop",
                "topic write picket/v1/gate-1/status",
            ],
            block.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Acl_AnyNode_HasNoWideGrant()
    {
        var text = BrokerFiles.Acl(["gate-1", "gate-2"]);
        Assert.DoesNotContain("#", text.Split('\n', 2)[1]);
        Assert.DoesNotContain("readwrite", text);
        Assert.DoesNotContain("pattern", text);
    }

    [Fact]
    public void Acl_Center_ReadsAllAndWritesAcksAndCommands()
    {
        var block = BrokerFiles.Acl([]).Split("user center\n")[1].Split("\nuser ")[0];
        Assert.Equal(
            [
                "topic read picket/v1/+/event",
                "topic read picket/v1/+/crop",
                "topic read picket/v1/+/status",
                "topic write picket/v1/+/ack",
                "topic write picket/v1/+/cmd",
                "topic write picket/v1/list/+",
            ],
            block.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
