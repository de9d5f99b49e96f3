using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Tests.Agent.Outbox;

public sealed class OutboxPriorityTests
{
    public static TheoryData<EventKind> Kinds => new(Enum.GetValues<EventKind>());

    /// <summary>An event of a kind that was forgotten here would be lost when it is written.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Of_EachKind_HasOne(EventKind kind) => Assert.True(Enum.IsDefined(OutboxPriorities.Of(kind)));
}
