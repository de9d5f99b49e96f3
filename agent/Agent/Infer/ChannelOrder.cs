using System.Text.Json.Serialization;

namespace Picket.Agent.Infer;

/// <summary>The order of a model input's planes.</summary>
internal enum ChannelOrder
{
    [JsonStringEnumMemberName("rgb")]
    Rgb,

    [JsonStringEnumMemberName("bgr")]
    Bgr,

    [JsonStringEnumMemberName("gray")]
    Gray,
}
