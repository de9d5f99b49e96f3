using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Picket.Agent.Telemetry;

/// <summary>The node's counters at <c>http://127.0.0.1:PORT/metrics</c>: on this machine, for whoever is logged in there; they contain
/// nothing that its users may not see.</summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MetricsText _text;

    private MetricsPage(WebApplication app, MetricsText text) => (_app, _text) = (app, text);

    public Uri Address => new(new Uri(_app.Urls.Single()), "/metrics");

    /// <summary>Serves until disposed.</summary>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="meter">Lent: the node's.</param>
    /// <exception cref="PicketException">The port is taken or not allowed.</exception>
    public static async Task<MetricsPage> StartAsync(int port, Meter meter)
    {
        // The empty builder reads no file in the working directory and no environment variable that could open it to others.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Two monitors and a person; a request without a body and with few headers.
            kestrel.Limits.MaxConcurrentConnections = 8;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var page = new MetricsPage(builder.Build(), new MetricsText(meter));
        page._app.UseRouting();
        page._app.MapGet("/metrics", page.SendAsync);
        try
        {
            await page._app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await page.DisposeAsync();
            throw new PicketException(
                $"metrics.port {port}: {e.Message.TrimEnd('.')}; take another port, and allow the service to have it "
                + $"(systemctl edit picket: SocketBindAllow=tcp:{port})", inner: e);
        }
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _text.Dispose();
    }

    private async Task SendAsync(HttpContext context)
    {
        string text;
        try
        {
            text = _text.Read();
        }
        catch (AggregateException)
        {
            // The outbox can't be queried just now; its own messages say why.
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        context.Response.ContentType = MetricsText.ContentType;
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
