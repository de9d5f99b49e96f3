using Picket.Agent.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
