namespace Picket.Center.Store;

/// <summary>Which cameras a node has, as its health says: what is known of others is of cameras that are gone.</summary>
internal sealed record CameraList(string Node, Guid Epoch, long Seq, string[] Cameras);
