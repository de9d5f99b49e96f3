namespace Picket.Center.Store;

/// <summary>A crop whose chunks are all there.</summary>
internal sealed record ReceivedCrop(Guid Id, string Node, Guid Event, byte[] Jpeg);
