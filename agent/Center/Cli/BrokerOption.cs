using System.CommandLine;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary>The option that says where the site's broker is.</summary>
internal static class BrokerOption
{
    public static Option<(string Host, int Port)?> Create(bool required) => new("--broker")
    {
        Description = "The site's broker, by a name that its certificate has."
            + (required ? "" : " Without it: this machine, the port of its configuration."),
        HelpName = "HOST:PORT",
        Required = required,
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, out var endpoint, out var fault)) return endpoint;
            result.AddError($"--broker {result.Tokens[0].Value}: {fault}");
            return null;
        },
    };

    /// <summary>Where the broker of this folder listens, as seen from this machine.</summary>
    /// <exception cref="CenterException">Its configuration can not be read or names no listener.</exception>
    public static (string Host, int Port) OfFolder(StateFolder folder)
    {
        var lines = File.Exists(folder.BrokerConfiguration) ? File.ReadLines(folder.BrokerConfiguration) : [];
        var listener = lines.Select(line => line.Split(' ')).FirstOrDefault(words => words is ["listener", _, _]);
        if (listener is null || !int.TryParse(listener[1], out var port))
            throw new CenterException(
                $"broker configuration {folder.BrokerConfiguration}: names no listener; say where the broker is with --broker");
        return (listener[2] is "0.0.0.0" or "127.0.0.1" ? "localhost" : listener[2], port);
    }

    private static bool TryParse(string text, out (string Host, int Port) endpoint, out string fault)
    {
        var colon = text.LastIndexOf(':');
        endpoint = default;
        fault = "say HOST:PORT, for instance localhost:8883";
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), out var port) || port is < 1 or > 65535) return false;
        endpoint = (text[..colon].Trim('[', ']'), port);
        fault = HostText.Fault(endpoint.Host) ?? "";
        return fault.Length == 0;
    }
}
