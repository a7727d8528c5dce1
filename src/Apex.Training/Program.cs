using System.CommandLine;
using Apex;
using Apex.Cli;
using Apex.Training;
using Apex.Training.Studies;
using Apex.Training.Zoo;

// The library names its properties; who reads this has options.
Console.SetError(new OptionWriter(Console.Error));
using var stop = new StopSignals();
try
{
    return await new RootCommand("Trains the networks that APEX ships and studies.")
    {
        FashionMnistCommand.Create(),
        ZooCommand.Create(),
        JudgeCommand.Create(),
        StudyCommand.Create(),
    }
        .Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
}
catch (InvalidInputException error)
{
    Console.Error.WriteLine($"apex-train: {error.Message}");
    return ExitCode.BadInput;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("apex-train: stopped; what is done is kept, and the same command goes on from there");
    return ExitCode.Stopped;
}
catch (IOException error)
{
    Console.Error.WriteLine($"apex-train: {error.Message.ReplaceLineEndings(" ")} (what is done is kept, and the same command goes on from there)");
    return ExitCode.BadInput;
}
catch (Exception error)
{
    Console.Error.WriteLine($"apex-train: internal error: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")} (this is a bug)");
    Console.Error.WriteLine(error.StackTrace);
    return ExitCode.Bug;
}
