using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary><c>picket-center import</c>: takes what nodes without a line wrote on a stick.</summary>
internal static class ImportVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var paths = new Argument<string[]>("FILE|FOLDER")
        {
            Description = $"Files that a node wrote (*{SpoolFile.EventsExtension}), or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var acks = new Option<string?>("--acks")
        {
            Description = "Where to write the acks to carry back; by default beside each file.",
            HelpName = "FOLDER",
        };
        var database = DatabaseOptions.Create();
        var command = new Command(
            "import",
            """
            Stores the events that nodes without a line wrote to a stick, and writes the acks to carry back: on the node,
            "picket outbox acks FILE..." applies them. The center may be running. A file may be imported any number of times.

            Example:
              picket-center import --state /var/lib/picket-center /media/stick
            """)
        { paths, state, acks, database.Text, database.File };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = parsed.GetRequiredValue(state);
            using var center = CenterCertificate(folder);
            var authorities = new X509Certificate2Collection();
            using (var trusted = SiteAuthorities.Load(folder, TimeProvider.System)) authorities.ImportFromPem(trusted.TrustedPem);
            using var loggers = RunVerb.StandardError();
            using var store = CenterStore.Open(folder, database.Read(parsed));
            var import = new SpoolImport(
                store, NodeRegistry.Load(folder), authorities, center, loggers.CreateLogger("Picket.Center"),
                TimeProvider.System);
            var audit = new AuditLog(folder, TimeProvider.System);
            var isWhole = true;
            var files = parsed.GetRequiredValue(paths).SelectMany(Files).ToArray();
            if (files.Length == 0)
                throw new PicketException(
                    $"nothing was imported: no file *{SpoolFile.EventsExtension} is in "
                        + PlainText.Of(string.Join(' ', parsed.GetRequiredValue(paths)), 300));
            foreach (var path in files)
            {
                var acksFolder = parsed.GetValue(acks) ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
                audit.Put(AuditEntry.Local(AuditAct.Import, Path.GetFullPath(path)));
                var result = await import.ImportAsync(path, acksFolder, cancel);
                Console.WriteLine($"{PlainText.Of(path, 300)}: {Describe(result)}");
                isWhole &= result.IsWhole;
            }
            return (int)(isWhole ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static string Describe(ImportResult result)
    {
        if (result.Error is not null) return $"refused: {result.Error}";
        if (result.AcksFault is not null)
            return $"{result.Stored} events stored, {result.Duplicates} were there already, {result.Crops} crops; but "
                + result.AcksFault;
        var text = $"{result.Stored} events stored, {result.Duplicates} were there already, {result.Crops} crops; "
            + $"carry back {PlainText.Of(result.AcksFile, 300)}";
        if (result.Conflicts > 0) text += $"; {result.Conflicts} events claim the number of another event and were kept aside";
        return result.Refused == 0 ? text : text + $"; {result.Refused} lines refused, the first: {result.FirstRefusal}";
    }

    private static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        var name = PlainText.Of(path, 300);
        try
        {
            if (Directory.Exists(path))
                return Directory.GetFiles(path, "*" + SpoolFile.EventsExtension).Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"{name}: can't be read ({e.Message.TrimEnd('.')})", ExitCode.BadUsage, e);
        }
        throw new PicketException($"{name}: no such file or folder", ExitCode.BadUsage);
    }

    private static X509Certificate2 CenterCertificate(StateFolder folder)
    {
        if (!File.Exists(folder.CenterKey))
            throw new PicketException(
                $"no site in {folder.Root}; create it with: picket-center ca init --state {ShellText.Word(folder.Root)}",
                ExitCode.PartMissing);
        try
        {
            return X509Certificate2.CreateFromPemFile(folder.CenterCertificate, folder.CenterKey);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"the center's certificate in {folder.CenterFolder} can't be read ({e.Message.TrimEnd('.')}); "
                    + "restore the folder from its backup",
                inner: e);
        }
    }
}
