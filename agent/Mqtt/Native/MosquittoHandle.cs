using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Picket.Mqtt.Native;

/// <summary>Owns one <c>struct mosquitto</c> and the GC handle that its callbacks find their connection by; both end
/// together.</summary>
internal sealed class MosquittoHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private GCHandle _owner;

    private MosquittoHandle() : base(ownsHandle: true) { }

    /// <summary>Creates a client whose callbacks get <paramref name="owner"/>.</summary>
    /// <exception cref="MqttLibraryMissingException">libmosquitto is not installed.</exception>
    public static MosquittoHandle Create(string clientId, object owner)
    {
        Mosquitto.Initialize();
        var created = new MosquittoHandle { _owner = GCHandle.Alloc(owner) };
        created.SetHandle(Mosquitto.mosquitto_new(clientId, true, GCHandle.ToIntPtr(created._owner)));
        if (!created.IsInvalid) return created;
        created._owner.Free();
        throw new MqttException($"libmosquitto refuses the client id '{clientId}'");
    }

    protected override bool ReleaseHandle()
    {
        Mosquitto.mosquitto_destroy(handle);
        _owner.Free();
        return true;
    }
}
