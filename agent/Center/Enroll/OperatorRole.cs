using System.Text.Json.Serialization;

namespace Picket.Center.Enroll;

/// <summary>What an operator may do at the console; each role may do what the ones before it may.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperatorRole>))]
internal enum OperatorRole
{
    /// <summary>Sees alerts as they come, in words: who is watched for, which plate, where, when. No pictures: a screen in
    /// a control room is seen by many.</summary>
    [JsonStringEnumMemberName("viewer")]
    Viewer,

    /// <summary>Sees the pictures too, to say whether an alert is right; every look is in the audit log.</summary>
    [JsonStringEnumMemberName("reviewer")]
    Reviewer,

    /// <summary>Sees the list of nodes too, and shuts nodes out.</summary>
    [JsonStringEnumMemberName("administrator")]
    Administrator,
}
