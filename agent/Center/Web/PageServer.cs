using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Picket.Center.Receive;
using Picket.Center.Store;

namespace Picket.Center.Web;

/// <summary>The alerts page on loopback, behind a one-time link: for a demo and for a single operator at the center's
/// own machine.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private const int PageRows = 50;

    /// <summary>A single operator with some tabs; each stream holds a connection and looks at the database.</summary>
    private const int MaxStreams = 16;

    /// <summary>Scripts, styles and pictures from here only, nothing inline, in nobody's frame.</summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly WebApplication _app;
    private readonly StoreReader _reader;
    private readonly CenterState _state;
    private readonly EntryLinks _links;
    private readonly TimeProvider _time;
    private int _streams;

    private PageServer(
        WebApplication app, int port, StoreReader reader, CenterState state, Action<string> tell, TimeProvider time)
    {
        _app = app;
        _reader = reader;
        _state = state;
        _time = time;
        Port = port;
        _links = new EntryLinks(token => tell($"http://127.0.0.1:{Port}/enter/{token}"), time);
    }

    public int Port { get; private set; }

    private string CookieName => $"picket-{Port}"; // cookies do not tell ports apart

    /// <summary>Serves until disposed.</summary>
    /// <param name="port">0 for a free one.</param>
    /// <param name="tell">Is given each new one-time link.</param>
    /// <exception cref="CenterException">The port is taken or not allowed.</exception>
    public static async Task<PageServer> Start(
        int port, StoreReader reader, CenterState state, Action<string> tell, ILoggerFactory loggers, TimeProvider time)
    {
        // The empty builder reads no file of the working directory and no environment variable that could open it to
        // others.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 100;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var server = new PageServer(builder.Build(), port, reader, state, tell, time);
        server.Map();
        try
        {
            await server._app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await server._app.DisposeAsync();
            throw new CenterException(
                $"page port {port} on 127.0.0.1: {e.Message.TrimEnd('.')}; name a free one with --page-port, or 0",
                inner: e);
        }
        server.Port = new Uri(server._app.Urls.First()).Port;
        server._links.Renew();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.Use(Guard);
        _app.UseRouting();
        _app.MapGet("/enter/{token}", Enter);
        _app.MapGet("/", context => SendAsset(context, "index.html"));
        _app.MapGet("/assets/{name}", context => SendAsset(context, (string)context.GetRouteValue("name")!));
        _app.MapGet("/api/alerts", SendAlerts);
        _app.MapGet("/api/alerts/stream", SendStream);
        _app.MapGet("/api/crops/{id:guid}", SendCrop);
        _app.MapGet("/api/status", context =>
            context.Response.WriteAsJsonAsync(StatusView.From(_state, _reader), WebJson.Default.StatusView));
    }

    /// <summary>Before every request: the host is this machine by its own name (a page of elsewhere that has its name
    /// point here is not), and there is a session.</summary>
    private async Task Guard(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        var path = context.Request.Path;
        if (context.Request.Host is not { Host: "127.0.0.1" or "localhost" } host || host.Port != Port)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("This page is only served as http://127.0.0.1 on this machine.\n");
        }
        else if (path.StartsWithSegments("/enter") || path.StartsWithSegments("/assets")
            || _links.IsSession(context.Request.Cookies[CookieName]))
        {
            await next(context);
        }
        else if (path.StartsWithSegments("/api"))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            await Deny(context, StatusCodes.Status401Unauthorized);
        }
    }

    private Task Enter(HttpContext context)
    {
        var session = _links.Enter((string)context.GetRouteValue("token")!);
        if (session is null) return Deny(context, StatusCodes.Status403Forbidden);
        context.Response.Cookies.Append(CookieName, session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            MaxAge = EntryLinks.SessionLife,
            Path = "/",
        });
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }

    private static Task Deny(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return SendAsset(context, "denied.html");
    }

    private static Task SendAsset(HttpContext context, string name)
    {
        if (!PageAssets.Files.TryGetValue(name, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.ContentType = asset.ContentType;
        context.Response.ContentLength = asset.Content.Length;
        return context.Response.Body.WriteAsync(asset.Content).AsTask();
    }

    private Task SendAlerts(HttpContext context)
    {
        var before = context.Request.Query["before"].ToString();
        var cursor = before.Length > 0 ? AlertView.ReadCursor(before) : null;
        if (before.Length > 0 && cursor is null)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        // Before the rows: what changes in between then comes twice, not never.
        context.Response.Headers["X-Last-Change"] = _reader.LastChange().ToString(CultureInfo.InvariantCulture);
        var alerts = _reader.Page(cursor, PageRows).Select(AlertView.From).ToArray();
        return context.Response.WriteAsJsonAsync(alerts, WebJson.Default.AlertViewArray);
    }

    private async Task SendStream(HttpContext context)
    {
        var resume = context.Request.Headers["Last-Event-ID"].FirstOrDefault()
            ?? context.Request.Query["after"].FirstOrDefault();
        long? last = long.TryParse(resume, NumberStyles.None, CultureInfo.InvariantCulture, out var change)
            ? change
            : null;
        if (Interlocked.Increment(ref _streams) > MaxStreams)
        {
            Interlocked.Decrement(ref _streams);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, _app.Lifetime.ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            await new AlertStream(_reader, _state, _time).Run(context.Response, last, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The browser went, or the program ends: the usual end of a stream.
            return;
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private Task SendCrop(HttpContext context)
    {
        var crop = _reader.Crop(Guid.Parse((string)context.GetRouteValue("id")!));
        if (crop is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.ContentType = "image/jpeg";
        context.Response.ContentLength = crop.Length;
        return context.Response.Body.WriteAsync(crop).AsTask();
    }
}
