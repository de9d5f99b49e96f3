using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Picket.Center.Receive;
using Picket.Center.Store;

namespace Picket.Center.Web;

/// <summary>The server-sent events of one browser: passages as they change, and the status.</summary>
/// <remarks>Nothing is queued for a browser. The database is the queue: each turn sends what changed since the last change that
/// was sent, so a slow browser gets fewer, newer rows and ties up nothing of ours. That change is the event id, from which the
/// browser resumes.</remarks>
/// <param name="visitor">Who is looking, or null once that is no longer allowed, which ends the stream; asked at each turn.</param>
internal sealed class AlertStream(
    StoreReader reader, CenterState state, NodeDesk nodes, Func<Visitor?> visitor, TimeProvider time)
{
    private const int MaxRows = 100;

    /// <summary>A browser that is further behind reloads the page's list, which is shorter.</summary>
    private const int MaxBehind = 500;

    /// <summary>At most 20 queries a second for each browser, faster than an eye can follow.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    /// <summary>The status is sent this often even if nothing happens, so that the browser sees that the line is
    /// alive.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>Sends until canceled or until the visitor is shut out.</summary>
    /// <param name="last">The last change that the browser has, or null: from now on.</param>
    public async Task RunAsync(HttpResponse response, long? last, CancellationToken cancel)
    {
        var newest = reader.LastChange();
        // A browser that is ahead of us has seen a database that is gone.
        var sent = last is { } known && known <= newest && newest - known <= MaxBehind ? known : newest;
        await response.WriteAsync("retry: 1000\n\n", cancel);
        if (last is not null && last != sent) await SendAsync(response, "reset", sent, "{}", cancel);
        while (true)
        {
            var next = state.NextChange;
            if (visitor() is not { } looking) return;
            IReadOnlyList<PassageRow> rows;
            do
            {
                rows = reader.ChangedAfter(sent, MaxRows);
                foreach (var row in rows)
                {
                    sent = row.Change;
                    await SendAsync(response, "alert", sent, Json(AlertView.From(row, looking.Role), WebJson.Default.AlertView), cancel);
                }
            }
            while (rows.Count == MaxRows);
            await SendAsync(
                response, "status", sent,
                Json(StatusView.From(state, reader, nodes.ShutOut, time.GetUtcNow()), WebJson.Default.StatusView), cancel);
            await response.Body.FlushAsync(cancel);
            await Task.Delay(Pace, time, cancel);
            await Task.WhenAny(next, Task.Delay(Heartbeat, time, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static string Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    private static Task SendAsync(HttpResponse response, string kind, long id, string json, CancellationToken cancel) =>
        response.WriteAsync($"id: {id}\nevent: {kind}\ndata: {json}\n\n", cancel);
}
