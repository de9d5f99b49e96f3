using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Pipeline;

/// <summary>Passages cut off by a crash are ended by the next run, so that nobody stays "in view" forever.</summary>
internal static partial class CutPassages
{
    /// <summary>Ends each exactly once: the end event and the removal of the note that it is open go in one commit, so that after a crash
    /// in between, the following run ends the rest.</summary>
    /// <exception cref="PicketException">The outbox has failed.</exception>
    public static async Task EndAsync(OutboxStore outbox, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        foreach (var open in outbox.OpenPassages())
        {
            var body = open.Body with
            {
                Face = open.Body.Face is { } face ? face with { Reason = "restart" } : null,
                Plate = open.Body.Plate is { } plate
                    ? plate with { Reason = "restart", FrameAt = plate.FrameAt ?? open.At }
                    : null,
            };
            var end = new EventDraft
            {
                Camera = open.Camera,
                At = time.GetUtcNow(),
                Kind = open.Kind,
                Passage = open.Passage,
                Phase = PassagePhase.End,
                Rev = open.Rev + 1,
                Body = body,
            };
            await outbox.AppendAsync(end, cancel);
            LogEndedCut(log, open.Passage!.Value);
        }
    }

    [LoggerMessage(1012, LogLevel.Information, "passage {Passage} was open when the last run ended; it is closed now")]
    private static partial void LogEndedCut(ILogger log, Guid passage);
}
