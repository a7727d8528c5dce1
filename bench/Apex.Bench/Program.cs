using System.CommandLine;
using Apex.Bench;
using BenchmarkDotNet.Running;

var quick = new Option<bool>("--quick") { Description = "Fewer and shorter rounds: under a minute." };
var json = new Option<bool>("--json") { Description = "End with one JSON object on stdout." };
var depth = new Option<int>("--depth") { Description = "Layers of the residual network, 6n + 2.", DefaultValueFactory = _ => 20 };
var threads = new Option<int>("--threads") { Description = "Threads of everything compared.", DefaultValueFactory = _ => 2 };
var markdown = new Option<string?>("--markdown") { Description = "Write the table to a file too." };
var peers = new Option<string>("--peers") { Description = "Folder of the Python scripts.", DefaultValueFactory = _ => "bench/peers" };
var command = new Option<string?>("--command") { Description = "The apex command, to measure its start-up. Default: not measured." };
var compare = new Command("compare", "Noisy passes a second of this library and of other ways, interleaved.")
{
    quick,
    json,
    depth,
    threads,
    markdown,
    peers,
    command,
};
compare.SetAction(result => Comparison.Run(new ComparisonOptions(
    result.GetValue(quick), result.GetValue(json), result.GetValue(depth), result.GetValue(threads),
    result.GetValue(markdown), result.GetValue(peers)!, result.GetValue(command))));
var kernels = new Command("kernels", "The inner loops, by BenchmarkDotNet.");
kernels.SetAction(_ => BenchmarkRunner.Run<Kernels>());
var dependence = new Command("dependence", "The bias of the sample dependence on tables where it is known.");
dependence.SetAction(_ => DependenceBias.Run());
return new RootCommand("Benchmarks of APEX.") { compare, kernels, dependence }.Parse(args).Invoke();
