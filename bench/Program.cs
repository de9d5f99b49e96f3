using System.CommandLine;

var root = new RootCommand("Picket's short benches: each figure as a ratio to a peer or a limit in the same run. Example: make bench");
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
