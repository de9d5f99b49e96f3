namespace Picket.Center.Web;

/// <summary>The page's files, embedded in the program.</summary>
internal static class PageAssets
{
    public static readonly IReadOnlyDictionary<string, (string ContentType, byte[] Content)> Files =
        new Dictionary<string, (string, byte[])>
        {
            ["index.html"] = ("text/html; charset=utf-8", Read("index.html")),
            ["denied.html"] = ("text/html; charset=utf-8", Read("denied.html")),
            ["refused.html"] = ("text/html; charset=utf-8", Read("refused.html")),
            ["nodes.html"] = ("text/html; charset=utf-8", Read("nodes.html")),
            ["nodes.js"] = ("text/javascript; charset=utf-8", Read("nodes.js")),
            ["app.css"] = ("text/css; charset=utf-8", Read("app.css")),
            ["app.js"] = ("text/javascript; charset=utf-8", Read("app.js")),
            ["icon.svg"] = ("image/svg+xml", Read("icon.svg")),
        };

    /// <summary>Answers with the file, or with 404 if there is none of this name.</summary>
    public static Task SendAsync(HttpContext context, string name, int status = StatusCodes.Status200OK)
    {
        if (!Files.TryGetValue(name, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = asset.ContentType;
        context.Response.ContentLength = asset.Content.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(asset.Content).AsTask();
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(PageAssets).Assembly.GetManifestResourceStream($"assets/{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
