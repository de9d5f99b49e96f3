namespace Picket.Agent.Outbox;

/// <summary>A committed crop as it is sent; <paramref name="Seq"/> counts crops, not events.</summary>
internal readonly record struct CropRow(long Seq, Guid Id, Guid Event, byte[] Jpeg);
