namespace Picket.Tests.EndToEnd;

/// <summary>Tests that run a whole site use both cores: one after the other, and beside nothing else.</summary>
[CollectionDefinition(nameof(WholeSite), DisableParallelization = true)]
public sealed class WholeSite;
