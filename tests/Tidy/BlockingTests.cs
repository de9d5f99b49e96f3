using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Picket.CameraSim;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Tests.Tidy;

/// <summary>
/// No thread waits for a task or sleeps, no exception is lost in an <c>async void</c>. Looked for in the compiled
/// programs, since
/// the text <c>x.Wait()</c> does not say whether x is a task or a semaphore of a thread of its own.
/// </summary>
public sealed partial class BlockingTests
{
    private static readonly string[] Banned =
    [
        "Thread.Sleep", "Task.Wait", "Task.WaitAll", "Task.WaitAny", "Task`1.get_Result", "ValueTask`1.get_Result",
    ];

    public static TheoryData<string> Assemblies =>
    [
        typeof(Picket.Agent.NativeLibraries).Assembly.Location,
        typeof(Picket.Center.CenterException).Assembly.Location,
        typeof(EventEnvelope).Assembly.Location,
        typeof(PicketException).Assembly.Location,
        typeof(MqttConnection).Assembly.Location,
        typeof(RtspServer).Assembly.Location,
    ];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Assembly_Ours_NeitherWaitsForATaskNorSleeps(string path) =>
        Assert.Empty(MembersUsed(path).Intersect(Banned));

    [Fact]
    public void MembersUsed_OfTheTests_FindsWhatIsThere()
    {
        Assert.Equal(1, WaitOnPurpose(Task.FromResult(1)));

        var members = MembersUsed(typeof(BlockingTests).Assembly.Location);

        Assert.Contains("Task.Wait", members);
        Assert.Contains("Task`1.get_Result", members);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Assembly_Ours_HasNoAsyncVoid(string path)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var methods = Assembly.LoadFrom(path).GetTypes()
            .SelectMany(t => t.GetMethods(All))
            .Where(m => m.ReturnType == typeof(void) && m.IsDefined(typeof(AsyncStateMachineAttribute), inherit: false))
            .Select(m => $"{m.DeclaringType}.{m.Name}");

        Assert.Empty(methods);
    }

    [Fact]
    public void Sources_UnderAgent_DoNotWaitThroughAnAwaiter()
    {
        var faults =
            from file in SourceFile.OfAgent
            from match in AwaiterResult().Matches(file.Code)
            select file.At(match);

        Assert.Empty(faults);
    }

    /// <summary>So that the tests above are known to see what they look for.</summary>
    private static int WaitOnPurpose(Task<int> finished)
    {
        finished.Wait();
        return finished.Result;
    }

    /// <summary>The members of other assemblies that the code refers to, as <c>Type.member</c>.</summary>
    private static HashSet<string> MembersUsed(string path)
    {
        using var stream = File.OpenRead(path);
        using var portable = new PEReader(stream);
        var metadata = portable.GetMetadataReader();
        var members = new HashSet<string>();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (TypeName(metadata, member.Parent) is { } type) members.Add($"{type}.{metadata.GetString(member.Name)}");
        }
        return members;
    }

    private static string? TypeName(MetadataReader metadata, EntityHandle type) => type.Kind switch
    {
        HandleKind.TypeReference => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name),
        HandleKind.TypeSpecification => GenericTypeName(metadata, (TypeSpecificationHandle)type),
        _ => null,
    };

    /// <summary>
    /// The definition's name of a constructed type: ECMA-335 II.23.2.14, GENERICINST (CLASS | VALUETYPE) TypeDefOrRef
    /// ...
    /// </summary>
    private static string? GenericTypeName(MetadataReader metadata, TypeSpecificationHandle handle)
    {
        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return null;
        signature.ReadCompressedInteger(); // class or value type
        return TypeName(metadata, signature.ReadTypeHandle());
    }

    [GeneratedRegex(@"\.GetAwaiter\(\)\s*\.GetResult\(\)")]
    private static partial Regex AwaiterResult();
}
