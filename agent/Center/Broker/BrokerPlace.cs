using System.Net;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>Where the broker of a site listens.</summary>
internal static class BrokerPlace
{
    /// <summary>Where the center's own broker listens.</summary>
    /// <exception cref="PicketException">The folder does not say it.</exception>
    public static IPEndPoint Of(StateFolder folder)
    {
        if (File.Exists(folder.BrokerListen))
        {
            var text = File.ReadAllText(folder.BrokerListen).Trim();
            if (IPEndPoint.TryParse(text, out var place) && place.Port > 0) return place;
            throw new PicketException(
                $"{folder.BrokerListen}: '{PlainText.Of(text)}' is not an address; write ADDRESS:PORT, for instance 10.20.0.1:8883");
        }
        // A site from before the center was its own broker.
        var (bind, port) = OfMosquitto(folder);
        return new IPEndPoint(IPAddress.Parse(bind), port);
    }

    /// <summary>Where the mosquitto of this folder listens, as seen from this machine.</summary>
    /// <exception cref="PicketException">Its configuration can't be read or names no listener.</exception>
    public static BrokerAddress Mosquitto(StateFolder folder)
    {
        var (bind, port) = OfMosquitto(folder);
        return new BrokerAddress(bind is "0.0.0.0" or "127.0.0.1" ? "localhost" : bind, port);
    }

    private static (string Bind, int Port) OfMosquitto(StateFolder folder)
    {
        var lines = folder.HasMosquitto ? File.ReadLines(folder.BrokerConfiguration) : [];
        var listener = lines.Select(line => line.Split(' ')).FirstOrDefault(words => words is ["listener", _, _]);
        return listener is not null && int.TryParse(listener[1], out var port)
            ? (listener[2], port)
            : throw new PicketException(
                $"broker configuration {folder.BrokerConfiguration}: names no listener; say where the broker is with --broker");
    }
}
