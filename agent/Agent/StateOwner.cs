using Picket.Wire;

namespace Picket.Agent;

/// <summary>Keeps another account out of a state folder, even one that may do anything: root's files in it would end the
/// node's own work there ("access denied"), for good.</summary>
internal static class StateOwner
{
    /// <exception cref="PicketException">The folder is another account's; with the remedy.</exception>
    public static void Require(string folder)
    {
        if (!FileOwner.IsMine(folder))
            throw new PicketException(
                $"{folder}: belongs to another account; do this as that one, such as: sudo -u picket picket ...");
    }
}
