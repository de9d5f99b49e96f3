namespace Picket.Agent.Ingest.Libav;

/// <summary>An AVDictionary of options by name, filled for one call.</summary>
internal sealed class OptionDictionary : IDisposable
{
    /// <summary>The AVDictionary; the call it is lent to removes the options it knows.</summary>
    internal nint Native;

    public OptionDictionary(Dictionary<string, string> options)
    {
        foreach (var (name, value) in options)
            AvError.ThrowIfNegative(AvUtil.DictSet(ref Native, name, value, 0), "av_dict_set");
    }

    public void Dispose() => AvUtil.DictFree(ref Native);
}
