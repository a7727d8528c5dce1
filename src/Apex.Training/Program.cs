using System.CommandLine;
using Apex;
using Apex.Training;
using Apex.Training.Studies;
using Apex.Training.Zoo;

try
{
    return await new RootCommand("Trains the networks that APEX ships and studies.") { FashionMnistCommand.Create(), ZooCommand.Create(), JudgeCommand.Create(), StudyCommand.Create() }
        .Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (InvalidInputException error)
{
    Console.Error.WriteLine($"apex-train: {error.Message}");
    return 2;
}
