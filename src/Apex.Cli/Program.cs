using System.CommandLine;
using Apex;
using Apex.Cli;
using Apex.Cli.Commands;

// The library names its properties; who reads this has options.
Console.SetOut(new OptionWriter(new ResultWriter(Console.Out)));
Console.SetError(new OptionWriter(Console.Error));
// Exit codes: 0 done, 1 a scan found something, 2 bad input, 70 a bug, 130 stopped by the user.
var root = new RootCommand("""
    APEX probes a trained classifier at inference time: it adds Gaussian noise to hidden activations, keeps the input and the
    weights fixed, and reads what the predictions do.

    Examples:
      apex probe                                        the built-in Fashion-MNIST model and data
      apex sites resnet20.onnx                          what can be perturbed
      apex probe resnet20.onnx --data train.bin --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --out run
      apex probe --resume run                           goes on with a run that was stopped
      apex merge run run-1 run-2                        joins the shards of a run
      apex show run
      apex plot run flips --out flips.pdf               figures for papers
      apex regularity run                               typical and odd samples
      apex audit run                                    labels that look wrong
      apex transitions run                              classes that the model holds to be close
      apex compare run-a run-b                          structure against memorised labels
      apex transition run                               from the sample to the model
      apex sensitivity run                              which layers matter
      apex bias model.onnx --sigma inf                  what the model says when noise drowns the sample
      apex scan model.onnx                              is it backdoored?
      apex reach model.onnx --data images/              how much of activation space the input can reach
    """)
{
    SitesCommand.Create(),
    ProbeCommand.Create(),
    MergeCommand.Create(),
    ShowCommand.Create(),
    ReportCommand.Create(),
    PlotCommand.Create(),
    RegularityCommand.Create(),
    EscapeCommand.Create(),
    TransitionsCommand.Create(),
    CompareCommand.Create(),
    AuditCommand.Create(),
    TransitionCommand.Create(),
    BiasCommand.Create(),
    SensitivityCommand.Create(),
    ScanCommand.Create(),
    StudyCommand.Create(),
    ReachCommand.Create(),
    CompletionCommand.Create(),
};
var verbose = new Option<bool>("--verbose") { Description = "Show the stack trace of an error.", Recursive = true };
root.Options.Add(verbose);

using var stop = new StopSignals();
var parsed = root.Parse(args);
var command = parsed.CommandResult.Command;
// A misspelt option would be taken for an argument, and the complaint would name something else.
var known = command.Options.Concat(root.Options).SelectMany(o => o.Aliases.Append(o.Name)).ToHashSet(StringComparer.Ordinal);
string? misspelt = args.FirstOrDefault(a => a.StartsWith("--", StringComparison.Ordinal) && !known.Contains(a.Split('=', ':')[0]));
if (misspelt is not null || parsed.Errors.Count > 0)
{
    string wrong = misspelt is not null ? $"no such option: {misspelt}" : string.Join(" ", parsed.Errors.Select(e => e.Message)).ReplaceLineEndings(" ")
        .Replace("type 'System.Int32'", "a whole number", StringComparison.Ordinal).Replace("type 'System.UInt64'", "a whole number from 0", StringComparison.Ordinal)
        .Replace("type 'System.Double'", "a number", StringComparison.Ordinal);
    Console.Error.WriteLine($"apex: {wrong} (see `{(command == root ? "apex" : $"apex {command.Name}")} --help`)");
    return ExitCode.BadInput;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
}
catch (InvalidInputException error)
{
    Console.Error.WriteLine($"apex: {error.Message.ReplaceLineEndings(" ")}");
    if (parsed.GetValue(verbose))
        Console.Error.WriteLine(error);
    return ExitCode.BadInput;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("apex: stopped");
    return ExitCode.Stopped;
}
catch (Exception error)
{
    Console.Error.WriteLine($"apex: internal error: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")} (this is a bug; --verbose shows where)");
    if (parsed.GetValue(verbose))
        Console.Error.WriteLine(error);
    return ExitCode.Bug;
}
