// A question of your own: how many samples does no draw of noise move? Once registered, it is a section of every page, beside the library's questions.
//
//     dotnet run examples/own_question.cs run
#:project ../src/Apex/Apex.csproj
#:property PublishAot=false
#:property AssemblyName=OwnQuestion
using Apex.Analysis;
using Apex.Analysis.Statistics;
using Apex.Answers;
using Apex.Page;
using Apex.Questions;

var question = new UnmovedQuestion();
RunQuestions.Register(question);
var run = AskedRun.Open(args.FirstOrDefault() ?? "run");
Console.Write(await question.AskAsync(run));   // its text; ToJson() is for programs
(await ReportPage.OfAsync([run])).Write("unmoved.html");

internal sealed class UnmovedQuestion : Question<UnmovedAnswer>
{
    public override string Name => "unmoved";

    public override string Asks => "samples that no draw moves";

    public override string Panel => "What nothing moves";

    public override IEnumerable<string> InShort(AskedRun run, Answer answer) =>
        [FormattableString.Invariant($"At the largest noise {((UnmovedAnswer)answer).Unmoved[^1].Value:p1} of the samples never change their prediction.")];

    protected override async Task<UnmovedAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken)
    {
        var seen = await run.ReadAsync(cancellationToken);
        int n = seen.Samples.Count;
        Interval Unmoved(int level) => Interval.Wilson(seen.Samples.Count(s => RunObservations.FlipProbability(s, level) == 0), n, n);
        return new UnmovedAnswer(n, seen.Sigmas, [.. Enumerable.Range(0, seen.Sigmas.Count).Select(Unmoved)]) { Warnings = seen.Info.Warnings ?? [] };
    }
}

internal sealed record UnmovedAnswer(int Samples, IReadOnlyList<double> Sigmas, IReadOnlyList<Interval> Unmoved) : Answer
{
    public override AnswerText ToText() => new AnswerText().Warn(Warnings)
        .Line($"Share of samples whose prediction no draw moves, with its 95 % interval (n = {Samples} samples)")
        .Table(
            AnswerColumn.Right("sigma", Sigmas, sigma => $"{sigma:g3}"),
            AnswerColumn.Right("unmoved", Unmoved, share => $"{share.Value:p1} [{share.Low:p1}, {share.High:p1}]"),
            AnswerColumn.Bar(Unmoved, share => share.Value));
}
