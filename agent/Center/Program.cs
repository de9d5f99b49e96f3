using System.CommandLine;

var root = new RootCommand("Picket's command center.");
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
