using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Does what the center asks for. A command may come twice, or late, or never: repeating one changes
/// nothing.</summary>
internal sealed partial class CommandInbox(IOutbox outbox, string node, LinkCounters counters, ILogger log)
{
    /// <summary>Works until the link has ended or <paramref name="cancel"/> is set; throws for neither.</summary>
    /// <exception cref="PicketException">The outbox has failed.</exception>
    public async Task RunAsync(ILink link, CancellationToken cancel)
    {
        try
        {
            await foreach (var command in link.ReadCommandsAsync(cancel))
                await ObeyAsync(command, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends; the center asks again for what it still misses.
        }
    }

    private async Task ObeyAsync(NodeCommand command, CancellationToken cancel)
    {
        switch (command)
        {
            case { Node: var other } when other != node:
                counters.CommandIgnored();
                LogIgnored(log, command.Id, "it is for another node");
                break;
            case { Kind: NodeCommand.Resend, Ranges: { } ranges }:
                LogResend(log, ranges.Length);
                await outbox.ResendAsync(ranges, cancel);
                break;
            case { Kind: NodeCommand.Renumber, Ranges: [var taken, ..] }:
                if (await outbox.RenumberAsync(taken, cancel)) LogRenumbered(log, taken.To);
                break;
            default:
                counters.CommandIgnored();
                LogIgnored(log, command.Id, "this build does not know its kind");
                break;
        }
    }

    [LoggerMessage(1351, LogLevel.Information, "The center asks for the events of {Ranges} ranges again")]
    private static partial void LogResend(ILogger log, int ranges);

    [LoggerMessage(1354, LogLevel.Error, "This node was set back to an earlier state, or copied: the center has other events "
        + "up to number {Seq}; numbering continues above it, and what was not delivered before is unknown")]
    private static partial void LogRenumbered(ILogger log, long seq);

    [LoggerMessage(1352, LogLevel.Warning, "The command {Id} is ignored: {Reason}")]
    private static partial void LogIgnored(ILogger log, Guid id, string reason);
}
