namespace Picket.Wire;

/// <summary>The text that <see cref="PackedMessages"/> are packed with. It never changes: nodes and centers in the field
/// share it.</summary>
/// <remarks>What is most usual stands last, where a reference to it is shortest. The values only give the form.</remarks>
internal static class PackedDictionary
{
    public const string Text =
        """{"v":1,"id":"019c2f00-0000-7000-8000-000000000000","node":"node-1","event":"019c2f00-0000-7000-8000-","""
        + "\"index\":0,\"count\":1,\"data\":\"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQ"
        + "FxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/wAARCAD/xAAf/aAAwDAQACEQMRAD8A\"}"
        + """
        "kind":"list.applied","rev":0,"body":{"seq":1,"version":
        "kind":"node.gap","rev":0,"body":{"gap":{"epoch":"019c2f00-","firstSeq":1,"lastSeq":1,"count":1,"reason":"the outbox's disk budget is used up"}}}
        "kind":"node.health","rev":0,"body":{"health":{"uptimeSeconds":3600,"outboxPending":0,"cameras":[{"camera":"gate-1","up":true,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":25},{"camera":"gate-2","up":false,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":0}]}}}
        "kind":"camera.up","rev":0,"body":{"cameraState":{"reason":"frames again","downSeconds":20.5}}}
        "kind":"camera.down","rev":0,"body":{"cameraState":{"reason":"401 Unauthorized from 10.0.0.; check user and password"}}}
        "kind":"face.match","passage":"019c2f00-","phase":"update","rev":1,"body":{"face":{"person":"","list":"watch","similarity":0.5,"threshold":0.4,"frame":1,"frameAt":"2026-01-01T00:00:00.000+00:00","box":[0.5,0.25,0.75,0.125],"quality":0.9,"shots":1,"crop":"019c2f00-","reason":"left"}}}
        "kind":"plate.hit","passage":"019c2f00-","phase":"new","rev":0,"body":{"plate":{"text":"","confidence":0.9,"hit":{"list":"stolen","version":"","entry":"case ","plate":"","match":"exact","match":"wildcard","match":"confusion","score":0.9,"threshold":0.8,"falseHits":0.0001,"read":"019c2f00-","priority":1}}}
        "reason":"restart"}}}"reason":"camera"}}}"reason":"stop"}}}"region":"in"}}}"region":"eu"}}}"region":"gb"}}}"region":"us"}}}"region":"br"}}}
        {"v":1,"id":"019c2f00-0000-7000-8000-000000000000","node":"node-1","camera":"gate-1","epoch":"019c2f00-0000-7000-8000-000000000000","seq":1,"at":"2026-01-01T00:00:00.000+00:00","mono":1000000000,"kind":"plate.read","passage":"019c2f00-0000-7000-8000-000000000000","phase":"update","rev":1,"body":{"plate":{"text":"ABC1234","confidence":0.99,"characters":[0.99,0.98,0.97,0.96,0.95,1,1],"rows":1,"box":[0,0,100,30],"corners":[0,0,100,0,100,30,0,30],"frame":1,"shots":3,"models":["plate-detect 1.0.0","plate-read 1.0.0"],"format":"letters and number","region":"pk","candidates":[{"text":"ABC123","confidence":0.02}],"frameAt":"2026-01-01T00:00:00.000+00:00","crop":"019c2f00-0000-7000-8000-","reason":"left"}}}
        {"v":1,"id":"019c2f00-
        """;
}
