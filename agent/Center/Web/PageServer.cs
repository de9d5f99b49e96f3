using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;

namespace Picket.Center.Web;

/// <summary>The console: alerts for viewers, pictures for reviewers, nodes for administrators.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private const int PageRows = 50;

    /// <summary>40 operators with a tab or two; each stream holds a connection and queries the database.</summary>
    private const int MaxStreams = 128;

    /// <summary>A browser opens six connections to one host, and a person may have a second browser. Nobody can take everybody's
    /// places.</summary>
    private const int MaxStreamsPerPerson = 8;

    private readonly WebApplication _app;
    private readonly IConsoleAccess _access;
    private readonly StoreReader _reader;
    private readonly CenterState _state;
    private readonly AuditLog _audit;
    private readonly NodeDesk _nodes;
    private readonly RequestGuard _guard;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, int> _streams = [];

    private PageServer(
        WebApplication app, IConsoleAccess access, StoreReader reader, CenterState state, AuditLog audit, NodeDesk nodes,
        ILogger log, TimeProvider time)
    {
        (_app, _access, _reader, _state, _audit, _nodes) = (app, access, reader, state, audit, nodes);
        (_log, _time) = (log, time);
        _guard = new RequestGuard(access, audit, log, time);
    }

    public int Port => _guard.Port;

    /// <summary>The server's routes, to check their roles.</summary>
    internal IEnumerable<Endpoint> Endpoints =>
        ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints);

    /// <summary>Serves until disposed.</summary>
    /// <param name="access">Lent.</param>
    /// <exception cref="PicketException">The port is taken or not allowed.</exception>
    public static async Task<PageServer> StartAsync(
        IConsoleAccess access, StoreReader reader, CenterState state, AuditLog audit, NodeDesk nodes,
        ILoggerFactory loggers, TimeProvider time)
    {
        // The empty builder reads no file in the working directory and no environment variable that could open it to
        // others.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddRateLimiter(ConsoleLimits.Apply);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            ConsoleLimits.Apply(kestrel);
            access.Listen(kestrel);
        });
        var server = new PageServer(
            builder.Build(), access, reader, state, audit, nodes, loggers.CreateLogger("Picket.Center"), time);
        server.Map();
        try
        {
            await server._app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await server._app.DisposeAsync();
            throw new PicketException($"{access.Place}: {e.Message.TrimEnd('.')}", inner: e);
        }
        server._guard.Port = new Uri(server._app.Urls.First()).Port;
        access.Opened(server.Port);
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
        _app.UseRouting();
        _app.Use(_guard.IdentifyAsync);
        _app.UseRateLimiter();
        _app.Use(_guard.AuthorizeAsync);
        _access.Map(_app);
        Open(_app.MapGet("/assets/{name}", context =>
            PageAssets.SendAsync(context, (string)context.GetRouteValue("name")!)), null);
        Open(_app.MapGet("/", context => PageAssets.SendAsync(context, "index.html")), OperatorRole.Viewer);
        Open(_app.MapGet("/api/me", SendMeAsync), OperatorRole.Viewer);
        Open(_app.MapGet("/api/alerts", SendAlertsAsync), OperatorRole.Viewer);
        Open(_app.MapGet("/api/alerts/stream", SendStreamAsync), OperatorRole.Viewer);
        Open(_app.MapGet("/api/status", SendStatusAsync), OperatorRole.Viewer);
        Open(_app.MapGet("/api/crops/{id:guid}", SendCropAsync), OperatorRole.Reviewer);
        Open(_app.MapGet("/nodes", context => PageAssets.SendAsync(context, "nodes.html")), OperatorRole.Administrator);
        Open(_app.MapGet("/api/nodes", SendNodesAsync), OperatorRole.Administrator);
        Open(_app.MapPost("/api/nodes/{name}/revoke", RevokeNodeAsync), OperatorRole.Administrator)
            .RequireRateLimiting(ConsoleLimits.Changes);
    }

    private static IEndpointConventionBuilder Open(IEndpointConventionBuilder route, OperatorRole? role) =>
        route.WithMetadata(new RequiredRole(role));

    private Task SendMeAsync(HttpContext context)
    {
        var visitor = Visitor.Of(context);
        var me = new MeView(visitor.Name, visitor.Role, _access.Kind, _guard.Token.For(visitor), Ends(visitor));
        return context.Response.WriteAsJsonAsync(me, WebJson.Default.MeView);
    }

    /// <summary>What expires soon: everything for those who can do something about it, for others their own.</summary>
    private IReadOnlyList<string> Ends(Visitor visitor)
    {
        try
        {
            return visitor.Role == OperatorRole.Administrator ? _nodes.Endings() : _nodes.EndingsOf(visitor.Name);
        }
        catch (PicketException e)
        {
            WebLog.AuditUnusable(_log, e.Message);
            return [];
        }
    }

    private Task SendAlertsAsync(HttpContext context)
    {
        var (before, after) = (context.Request.Query["before"].ToString(), context.Request.Query["after"].ToString());
        var place = before.Length > 0 ? before : after;
        var cursor = place.Length > 0 ? AlertView.ReadCursor(place) : null;
        if ((place.Length > 0 && cursor is null) || (before.Length > 0 && after.Length > 0))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        var withReads = context.Request.Query["reads"] == "1";
        // Before the rows, so that what changes in between comes twice rather than never.
        context.Response.Headers["X-Last-Change"] = _reader.LastChange().ToString(CultureInfo.InvariantCulture);
        var role = Visitor.Of(context).Role;
        var rows = after.Length > 0 && cursor is { } from
            ? _reader.PageAfter(from, PageRows, withReads)
            : _reader.Page(cursor, PageRows, withReads);
        var alerts = rows.Select(row => AlertView.From(row, role)).ToArray();
        return context.Response.WriteAsJsonAsync(alerts, WebJson.Default.AlertViewArray);
    }

    private async Task SendStreamAsync(HttpContext context)
    {
        var resume = context.Request.Headers["Last-Event-ID"].FirstOrDefault()
            ?? context.Request.Query["after"].FirstOrDefault();
        long? last = long.TryParse(resume, NumberStyles.None, CultureInfo.InvariantCulture, out var change)
            ? change
            : null;
        var person = Visitor.Of(context).Name;
        if (!TakeStream(person))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, _app.Lifetime.ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            await new AlertStream(_reader, _state, _nodes, () => _access.Find(context), _time)
                .RunAsync(context.Response, last, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The browser left, or the program ends: the usual end of a stream.
            return;
        }
        finally
        {
            lock (_streams)
            {
                if (--_streams[person] == 0) _streams.Remove(person);
            }
        }
    }

    private bool TakeStream(string person)
    {
        lock (_streams)
        {
            var own = _streams.GetValueOrDefault(person);
            if (own >= MaxStreamsPerPerson || _streams.Values.Sum() >= MaxStreams) return false;
            _streams[person] = own + 1;
            return true;
        }
    }

    private Task SendStatusAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(StatusView.From(_state, _reader, _nodes.ShutOut, _time.GetUtcNow()), WebJson.Default.StatusView);

    /// <summary>The look is logged before the picture is sent; what can't be logged is not shown.</summary>
    private async Task SendCropAsync(HttpContext context)
    {
        var id = Guid.Parse((string)context.GetRouteValue("id")!);
        var crop = _reader.Crop(id);
        if (crop is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (!await LogAsync(context, AuditAct.LookAtCrop, id.ToString("D"))) return;
        context.Response.ContentType = "image/jpeg";
        context.Response.ContentLength = crop.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(crop);
    }

    private Task SendNodesAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync([.. _nodes.List(_state)], WebJson.Default.NodeAccessViewArray);

    private async Task RevokeNodeAsync(HttpContext context)
    {
        var name = (string)context.GetRouteValue("name")!;
        if (!_nodes.Has(name))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (!await LogAsync(context, AuditAct.RevokeNode, name)) return;
        try
        {
            // Not canceled when the browser leaves: a node must not stay half shut out.
            await _nodes.RevokeAsync(name, _app.Lifetime.ApplicationStopping);
            await context.Response.WriteAsJsonAsync(
                _nodes.List(_state).Single(node => node.Name == name), WebJson.Default.NodeAccessView);
        }
        catch (PicketException e)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            await context.Response.WriteAsync(e.Message);
        }
    }

    private async Task<bool> LogAsync(HttpContext context, string act, string what)
    {
        var address = context.Connection.RemoteIpAddress?.ToString();
        try
        {
            if (_audit.IsGone) WebLog.AuditGone(_log, _audit.Path);
            await _audit.AddAsync(new AuditEntry(Visitor.Of(context).Name, address, act, what));
            return true;
        }
        catch (PicketException e)
        {
            WebLog.AuditUnusable(_log, e.Message);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return false;
        }
    }
}

/// <summary>Who is using the page.</summary>
/// <param name="Kind">As in <see cref="IConsoleAccess.Kind"/>.</param>
/// <param name="Token">For the header <see cref="ChangeToken.Header"/>.</param>
/// <param name="Ends">Certificates that expire soon, one line each, as far as they concern this person.</param>
internal sealed record MeView(string Name, OperatorRole Role, string Kind, string Token, IReadOnlyList<string> Ends);
