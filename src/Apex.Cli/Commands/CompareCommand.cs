using System.CommandLine;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex compare RUN_A RUN_B</c>: structure or memorised labels?</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var a = new Argument<string>("RUN_A") { Description = "A run, e.g. of a model trained on true labels, on its training samples." };
        var b = new Argument<string>("RUN_B") { Description = "Another, e.g. of the same architecture trained on labels in doubt." };
        var json = RunArguments.Json();
        var arguments = new AskArguments([nameof(AskOptions.FlipLevel), nameof(AskOptions.Seed)], 0);
        var command = new Command("compare", """
            Do the samples of one run escape at larger noise than those of another? A model that memorised random labels lets go of
            its training samples at far smaller noise than one that learned structure.

            Examples:
              apex compare run-true-labels run-random-labels
              apex compare run-a run-b --flip-level 0.25 --json
            """)
        { a, b };
        arguments.AddTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (first, second) = (arguments.Open(parsed, parsed.GetValue(a)!), arguments.Open(parsed, parsed.GetValue(b)!));
            var how = arguments.Of(parsed);
            var answer = await Task.Run(() => ModelQuestions.CompareAsync(first, second, how, cancellationToken), cancellationToken)
                .WaitAsync(cancellationToken);
            Print.Answer(answer, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
