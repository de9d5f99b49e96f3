using System.CommandLine;
using Picket.Center.Broker;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary>The option that says where the site's broker is.</summary>
internal static class BrokerOption
{
    /// <summary>The word for the center's own broker.</summary>
    private const string Embedded = "embedded";

    /// <summary>What stands for it in the option's value: a parser's null is no value.</summary>
    private static readonly BrokerAddress Own = new(Embedded, 0);

    /// <summary>Where the broker is; null for the center's own.</summary>
    public static BrokerAddress? Read(ParseResult parsed, Option<BrokerAddress?> option) =>
        parsed.GetValue(option) is { Port: > 0 } address ? address : null;

    public static Option<BrokerAddress?> Create() => new("--broker")
    {
        Description = $"The site's broker: '{Embedded}' for the center's own (default), or a mosquitto by a name that its "
            + "certificate has.",
        HelpName = "HOST:PORT",
        CustomParser = result =>
        {
            if (result.Tokens[0].Value == Embedded) return Own;
            if (TryParse(result.Tokens[0].Value, out var endpoint, out var fault)) return endpoint;
            result.AddError($"--broker {result.Tokens[0].Value}: {fault}");
            return null;
        },
    };

    private static bool TryParse(string text, out BrokerAddress? endpoint, out string fault)
    {
        var colon = text.LastIndexOf(':');
        endpoint = null;
        fault = $"write {Embedded}, or HOST:PORT, for instance localhost:8883";
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), out var port) || port is < 1 or > 65535) return false;
        endpoint = new BrokerAddress(text[..colon].Trim('[', ']'), port);
        fault = HostText.Fault(endpoint.Host) ?? "";
        return fault.Length == 0;
    }
}
