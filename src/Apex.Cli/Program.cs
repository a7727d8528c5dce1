using Apex;
using Apex.Cli;
using Apex.Cli.Commands;

// The library names its properties; who reads this has options.
Console.SetOut(new OptionWriter(new ResultWriter(Console.Out)));
Console.SetError(new OptionWriter(Console.Error));
using var stop = new StopSignals();
var root = CommandTree.Create();
var parsed = root.Parse(args);
bool isHelp = args.Any(a => a is "--help" or "-h" or "-?" or "/?" or "/h" or "--version") || args.FirstOrDefault()?.StartsWith('[') == true;
if (!isHelp && Misspelt.Find(root, parsed, args) is { } wrong)
{
    var command = parsed.CommandResult.Command;
    Console.Error.WriteLine($"apex: {wrong} (see `{(command == root ? "apex" : $"apex {command.Name}")} --help`)");
    return ExitCode.BadInput;
}

try
{
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = Console.Out }, stop.Token);
}
catch (InvalidInputException error)
{
    Console.Error.WriteLine($"apex: {error.Message.ReplaceLineEndings(" ")}");
    if (parsed.GetValue(CommandTree.Verbose))
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
    if (parsed.GetValue(CommandTree.Verbose))
        Console.Error.WriteLine(error);
    return ExitCode.Bug;
}
