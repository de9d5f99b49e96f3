using System.CommandLine;
using Picket.Faults.Cases;
using Picket.Faults.Node;

var root = new RootCommand("The fault matrix: real programs, killed and cut off again and again.")
{
    MatrixVerb.Create(),
    NodeVerb.Create(),
};
return await root.Parse(args).InvokeAsync();
