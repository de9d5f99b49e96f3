namespace Picket.Center.Receive;

/// <summary>How much of the center's disk, time and list of epochs each node may use: it limits what one node can cost the
/// others. Beyond it nothing is acknowledged, so an honest node keeps its events and sends them later.</summary>
/// <param name="bytesPerDay">See <see cref="DefaultBytesPerDay"/>.</param>
internal sealed class NodeBudgets(TimeProvider time, long bytesPerDay = NodeBudgets.DefaultBytesPerDay)
{
    /// <summary>Seven times the 140 MB a day that a busy node stores (100,000 events of 1 kB, 2,000 pictures of 20 kB). A node
    /// that is back after a week brings its outbox of 1 GiB, so twice a day's share may arrive at once.</summary>
    public const long DefaultBytesPerDay = 1L << 30;

    /// <summary>40 times what the busiest node makes; a full outbox holds a million.</summary>
    private const double EventsPerSecond = 200;
    private const double MostEvents = 1_000_000;

    /// <summary>A node starts an epoch with a new outbox: a handful a year. 256 a day cost a row each in two tables.</summary>
    private const double EpochsPerDay = 256;

    /// <summary>This share is reserved for alerts.</summary>
    private const double AlertsShare = 0.1;

    /// <summary>A row and its indexes take this many bytes besides its text.</summary>
    private const int RowBytes = 300;

    private readonly Dictionary<string, Budget> _nodes = new(StringComparer.Ordinal);

    /// <summary>Takes an event out of its node's budget; false with the reason when there is no room.</summary>
    public bool TakesEvent(string node, Guid epoch, int bytes, bool isAlert, out string reason)
    {
        var budget = Of(node);
        reason = "";
        if (!budget.Epochs.Contains(epoch))
        {
            if (budget.NewEpochs < 1) reason = $"more than {EpochsPerDay} new epochs a day";
            else if (budget.Epochs.Count >= EpochsPerDay) budget.Epochs.Clear();
        }
        var floor = isAlert ? 0 : AlertsShare;
        if (budget.Bytes < MostBytes * floor + bytes + RowBytes) reason = OverBytes;
        else if (budget.Events < MostEvents * floor + 1) reason = $"more than {EventsPerSecond} events a second";
        if (reason.Length > 0) return false;
        if (budget.Epochs.Add(epoch)) budget.NewEpochs--;
        budget.Bytes -= bytes + RowBytes;
        budget.Events--;
        return true;
    }

    /// <summary>As <see cref="TakesEvent"/>, for a picture.</summary>
    public bool TakesCrop(string node, int bytes, out string reason)
    {
        var budget = Of(node);
        reason = budget.Bytes < MostBytes * AlertsShare + bytes + RowBytes ? OverBytes : "";
        if (reason.Length == 0) budget.Bytes -= bytes + RowBytes;
        return reason.Length == 0;
    }

    private double MostBytes => 2.0 * bytesPerDay;

    private string OverBytes => $"more than {bytesPerDay / (1 << 20)} MiB a day";

    private Budget Of(string node)
    {
        if (!_nodes.TryGetValue(node, out var budget))
        {
            budget = new Budget { Bytes = MostBytes, Events = MostEvents, NewEpochs = EpochsPerDay, At = time.GetTimestamp() };
            _nodes.Add(node, budget);
        }
        var seconds = time.GetElapsedTime(budget.At).TotalSeconds;
        budget.At = time.GetTimestamp();
        const double SecondsPerDay = 86_400;
        budget.Bytes = Math.Min(MostBytes, budget.Bytes + seconds * bytesPerDay / SecondsPerDay);
        budget.Events = Math.Min(MostEvents, budget.Events + seconds * EventsPerSecond);
        budget.NewEpochs = Math.Min(EpochsPerDay, budget.NewEpochs + seconds * EpochsPerDay / SecondsPerDay);
        return budget;
    }

    private sealed class Budget
    {
        /// <summary>The epochs whose first event was paid for.</summary>
        public HashSet<Guid> Epochs { get; } = [];
        public double Bytes { get; set; }
        public double Events { get; set; }
        public double NewEpochs { get; set; }
        public long At { get; set; }
    }
}
