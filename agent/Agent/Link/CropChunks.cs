using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Cuts a crop into the messages that travel.</summary>
internal static class CropChunks
{
    /// <returns>The JSON of each, in order.</returns>
    public static IEnumerable<byte[]> Of(CropRow crop, string node)
    {
        var count = (crop.Jpeg.Length + CropChunk.MaxDataBytes - 1) / CropChunk.MaxDataBytes;
        for (var i = 0; i < count; i++)
        {
            var from = i * CropChunk.MaxDataBytes;
            var data = crop.Jpeg[from..Math.Min(from + CropChunk.MaxDataBytes, crop.Jpeg.Length)];
            yield return WireJson.Write(
                new CropChunk(EventEnvelope.SchemaVersion, crop.Id, node, crop.Event, i, count, data));
        }
    }
}
