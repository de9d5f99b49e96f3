using System.Text;

namespace Picket.Host;

/// <summary>What both programs print to.</summary>
public static class StandardStreams
{
    /// <summary>From now on standard output reports when nobody reads it (<see cref="OutputException"/>), and standard error
    /// shows no credentials.</summary>
    public static void Set()
    {
        Console.SetOut(new StreamWriter(new StandardOutput(), new UTF8Encoding(false)) { AutoFlush = true });
        Console.SetError(new MaskedWriter(Console.Error));
    }
}
