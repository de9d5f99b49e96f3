using Picket.Center.Cli;

return await CenterCommandLine.Run(args);
