namespace Picket.Center.Web;

/// <summary>The page's files, embedded in the program.</summary>
internal static class PageAssets
{
    public static readonly IReadOnlyDictionary<string, (string ContentType, byte[] Content)> Files =
        new Dictionary<string, (string, byte[])>
        {
            ["index.html"] = ("text/html; charset=utf-8", Read("index.html")),
            ["denied.html"] = ("text/html; charset=utf-8", Read("denied.html")),
            ["app.css"] = ("text/css; charset=utf-8", Read("app.css")),
            ["app.js"] = ("text/javascript; charset=utf-8", Read("app.js")),
            ["icon.svg"] = ("image/svg+xml", Read("icon.svg")),
        };

    private static byte[] Read(string name)
    {
        using var stream = typeof(PageAssets).Assembly.GetManifestResourceStream($"assets/{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
