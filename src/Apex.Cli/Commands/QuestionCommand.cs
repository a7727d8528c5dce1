using System.CommandLine;
using Apex.Answers;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary><c>apex QUESTION RUN</c>: the command of a question about a run, made from what the question says of itself.</summary>
internal static class QuestionCommand
{
    /// <param name="question">The question.</param>
    /// <param name="name">What to call the command, where it is not the question's name.</param>
    public static Command Create(Question question, string? name = null)
    {
        var run = RunArguments.Run();
        var output = new Option<string?>("--out") { Description = "Write all of it as a table, .csv or .parquet.", HelpName = "FILE" };
        var json = RunArguments.Json();
        var arguments = new AskArguments(question.Reads, question.Top);
        var command = new Command(name ?? question.Name, About(question)) { run };
        if (question.HasTable)
            command.Options.Add(output);
        arguments.AddTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? table = question.HasTable ? parsed.GetValue(output) : null;
            if (table is not null)
                TableFile.CheckTarget(table);
            var (asked, how) = (arguments.Open(parsed, parsed.GetValue(run)!), arguments.Of(parsed));
            Answer answer;
            try
            {
                // An analysis does not look whether it is to stop.
                answer = await Task.Run(() => question.AskAsync(asked, how, cancellationToken), cancellationToken).WaitAsync(cancellationToken);
            }
            catch (InvalidInputException)
            {
                // Where a question has no answer, what looks wrong about the run may be why.
                Warn.Say(asked.Warnings);
                throw;
            }

            if (answer.Note is { } note)
                Console.Error.WriteLine($"apex: note: {note}");
            if (table is not null)
                await answer.ToTable()!.WriteAsync(table);
            Print.Answer(answer, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What the command line says of a question: its words with the options that they stand for.</summary>
    private static string About(Question question)
    {
        string[] examples = [.. question.Examples.Select(OptionWords.Translate), "run --json"];
        return $"{OptionWords.Translate(question.Explains)}\n\nExamples:\n{string.Join('\n', examples.Select(e => $"  apex {question.Name} {e}"))}";
    }
}
