using System.Collections;
using System.Reflection;
using System.Text.Json;
using Apex.Answers;
using Apex.Cli;
using Apex.Cli.Commands;
using Apex.Experiments;
using Apex.Page;
using Apex.Questions;
using Apex.Tests.Observations;
using Xunit;

namespace Apex.Tests.Questions;

/// <summary>What holds for every question, and for one that somebody adds.</summary>
public sealed class RunQuestionsTests(RunQuestionsTests.SmallRun small) : IClassFixture<RunQuestionsTests.SmallRun>
{
    private static readonly string[] Options = [.. typeof(AskOptions).GetProperties().Select(p => p.Name)];

    /// <summary>An option that says something, by name.</summary>
    private static readonly Dictionary<string, AskOptions> Said = new()
    {
        [nameof(AskOptions.Top)] = new() { Top = 3 },
        [nameof(AskOptions.Seed)] = new() { Seed = 3 },
        [nameof(AskOptions.FlipLevel)] = new() { FlipLevel = 0.25 },
        [nameof(AskOptions.Mode)] = new() { Mode = true },
        [nameof(AskOptions.Against)] = new() { Against = "scores.csv:score" },
        [nameof(AskOptions.InputRun)] = new() { InputRun = "other" },
        [nameof(AskOptions.Truth)] = new() { Truth = "wrong.csv:w" },
        [nameof(AskOptions.Taxonomy)] = new() { Taxonomy = "groups.json" },
    };

    /// <summary>Each question of the library, by name.</summary>
    public static TheoryData<string> Names => [.. Library.Select(q => q.Name)];

    private static IEnumerable<Question> Library => RunQuestions.All.Where(q => q.Answer.Assembly == typeof(Answer).Assembly);

    [Fact]
    public void Each_question_has_a_name_of_its_own()
    {
        Assert.True(Library.Count() >= 9, "the questions are not found any more");
        Assert.Equal(RunQuestions.All.Select(q => q.Name).Distinct(), RunQuestions.All.Select(q => q.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_question_says_what_it_asks_and_reads(string name)
    {
        var question = Of(name);
        Assert.Empty(question.Reads.Except(Options));
        Assert.Equal(question.Reads.Distinct(), question.Reads);
        Assert.All((string[])[question.Asks, question.Explains], text => Assert.False(string.IsNullOrWhiteSpace(text)));
        Assert.NotEmpty(question.Examples);
        Assert.All(question.Examples, example => Assert.StartsWith("run", example, StringComparison.Ordinal));
        // Examples give no option that the question refuses.
        foreach (string other in Options.Except(question.Reads))
            Assert.All(question.Examples, example => Assert.DoesNotContain($"`{other}`", example, StringComparison.Ordinal));
        Assert.InRange(question.Top, 1, 100);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_option_that_a_question_does_not_read_is_refused_by_name(string name)
    {
        var question = Of(name);
        Assert.Equal(Options.Order(), Said.Keys.Order());
        foreach (var (option, asked) in Said.Where(s => !question.Reads.Contains(s.Key)))
        {
            var told = await Assert.ThrowsAsync<InvalidInputException>(() => question.AskAsync(small.Asked, asked));
            Assert.StartsWith($"`{option}`", told.Message, StringComparison.Ordinal);
            Assert.Contains(name, told.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Fewer_than_none_are_refused(string name)
    {
        var told = await Assert.ThrowsAsync<InvalidInputException>(() => Of(name).AskAsync(small.Asked, new AskOptions { Top = -1 }));
        Assert.StartsWith("`Top`", told.Message, StringComparison.Ordinal);
        if (Of(name).Reads.Contains(nameof(AskOptions.Top)))
            Assert.Contains("-1", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_option_and_the_standard_ones_are_the_same()
    {
        var none = await RunQuestions.Classes.AskAsync(small.Asked);
        Assert.Equal(none.ToJson(), (await RunQuestions.Classes.AskAsync(small.Asked, new AskOptions())).ToJson());
    }

    [Fact]
    public void Each_option_has_its_word_on_the_command_line()
    {
        var words = AskArguments.Words.ToDictionary();
        Assert.Equal(Options.Order(), words.Keys.Order());
        Assert.All(Options, option => Assert.Equal(words[option], OptionWords.Table[option]));
    }

    [Fact]
    public async Task A_question_of_ones_own_is_asked_and_stands_on_the_page()
    {
        var question = new OwnQuestion(small.Path);
        RunQuestions.Register(question);
        Assert.Same(question, RunQuestions.All[^1]);
        var twice = Assert.Throws<ArgumentException>(() => RunQuestions.Register(new OwnQuestion(small.Path)));
        Assert.Contains(question.Name, twice.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => RunQuestions.Register(RunQuestions.Show));
        Assert.Single(RunQuestions.All, q => q.Name == question.Name);

        var answer = await question.AskAsync(small.Asked);
        Assert.Equal(SmallRun.Samples, answer.Samples);
        Assert.Equal(SmallRun.Samples, JsonDocument.Parse(answer.ToJson()).RootElement.GetProperty("samples").GetInt32());
        await Assert.ThrowsAsync<InvalidInputException>(() => question.AskAsync(small.Asked, new AskOptions { Seed = 1 }));

        string page = (await ReportPage.OfAsync([AskedRun.Open(small.Path)])).ToString();
        Assert.Contains("\"What only a test asks\"", page, StringComparison.Ordinal);
        Assert.Contains($"A test counted {SmallRun.Samples} samples.", page, StringComparison.Ordinal);
        Assert.Contains("In short, a test counts.", page, StringComparison.Ordinal);
        // Not on pages of runs that it is not for.
        using var other = new SmallProbe(Nets.ReluMlp(1, 3, [8], 3), 10, 3);
        other.Probe("run");
        Assert.DoesNotContain("a test count", (await ReportPage.OfAsync([AskedRun.Open(other.Folder["run"])])).ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_run_that_was_loaded_needs_its_files_no_more()
    {
        using var probe = new SmallProbe(Nets.ReluMlp(1, 3, [8], 3), SmallRun.Samples, 3);
        probe.Probe("run");
        var (run, unread) = (AskedRun.Open(probe.Folder["run"]), AskedRun.Open(probe.Folder["run"]));
        await run.LoadAsync();
        string[] files = Directory.GetFiles(probe.Folder["run"], "*.parquet", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files)
            File.Delete(file);
        Question[] asked = [RunQuestions.Show, RunQuestions.Audit, RunQuestions.Dependence, RunQuestions.Transitions, RunQuestions.Classes];
        foreach (var question in asked)
        {
            var answer = await question.AskAsync(run);
            Assert.IsType(question.Answer, answer);
            Assert.NotEmpty(answer.ToString());
        }

        // Without that they are missed, or the above could not fail.
        foreach (var question in asked)
            await Assert.ThrowsAnyAsync<Exception>(() => question.AskAsync(unread));
    }

    [Fact]
    public async Task What_is_asked_at_once_is_answered_as_one_by_one()
    {
        Question[] asked = [.. Library.Where(q => q.IsFor(small.Asked))];
        Assert.True(asked.Length >= 8, "too few are for this run");
        var together = AskedRun.Open(small.Path);
        var answers = await Task.WhenAll(asked.Select(q => Task.Run(() => q.AskAsync(together))));
        foreach (var (question, answer) in asked.Zip(answers))
            Assert.Equal((await question.AskAsync(AskedRun.Open(small.Path))).ToJson(), answer.ToJson());
    }

    [Fact]
    public async Task The_answer_to_an_audit_is_read_back_from_its_json()
    {
        var answer = await RunQuestions.Audit.AskAsync(small.Asked, new AskOptions { Truth = small.Truth });
        var back = JsonSerializer.Deserialize<AuditAnswer>(answer.ToJson(), AnswerJson.Options)!;
        Same(answer, back, "");
        Assert.Equal(SmallRun.Samples, back.Suspects.Count);
        Assert.NotEmpty(back.Detection!);
        Assert.Equal(answer.Detection!.Select(d => d.AurocInterval), back.Detection!.Select(d => d.AurocInterval));
        Assert.All(back.Detection!, d => Assert.InRange(d.Auroc, d.AurocInterval.Low, d.AurocInterval.High));
    }

    [Fact]
    public async Task The_answer_to_bias_is_read_back_from_its_json()
    {
        var answer = await RunQuestions.Bias.AskAsync(small.Asked);
        var back = JsonSerializer.Deserialize<BiasAnswer>(answer.ToJson(), AnswerJson.Options)!;
        Same(answer, back, "");
        Assert.Equal((new NoiseLevel(0.9), answer.MaxShareInterval), (back.Sigma, back.MaxShareInterval));

        // Where noise is infinite its level is a word.
        using var model = PreparedModel.Open(small.Model);
        var limit = await ModelQuestions.BiasAsync(model, "m.onnx", draws: 100);
        Assert.Contains("\"sigma\": \"inf\"", limit.ToJson(), StringComparison.Ordinal);
        var limitBack = JsonSerializer.Deserialize<BiasAnswer>(limit.ToJson(), AnswerJson.Options)!;
        Same(limit, limitBack, "");
        Assert.Equal(double.PositiveInfinity, limitBack.Sigma.Value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_answer_is_read_back_from_its_json(string name)
    {
        var question = Of(name);
        if (!question.IsFor(small.Asked))
            return;
        var answer = await question.AskAsync(small.Asked);
        Same(answer, JsonSerializer.Deserialize(answer.ToJson(), question.Answer, AnswerJson.Options), "");
    }

    [Theory]
    [InlineData("[0.25,null]", 0.25, double.NaN)]
    [InlineData("[0,1]", 0, 1)]
    public void Ends_are_an_array_of_two(string json, double low, double high)
    {
        Assert.Equal(new Ends(low, high), JsonSerializer.Deserialize<Ends>(json, AnswerJson.Options));
        Assert.Equal(json, JsonSerializer.Serialize(new Ends(low, high), AnswerJson.Options).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[0.25]")]
    [InlineData("[0, 0.5, 1]")]
    public void Ends_of_another_number_are_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Ends>(json, AnswerJson.Options));

    [Fact]
    public void A_noise_level_is_a_number_or_inf()
    {
        Assert.Equal("[0.5,\"inf\"]", JsonSerializer.Serialize<NoiseLevel[]>([new(0.5), new(double.PositiveInfinity)]));
        Assert.Equal([new(0.5), new(double.PositiveInfinity)], JsonSerializer.Deserialize<NoiseLevel[]>("[0.5, \"inf\"]")!);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<NoiseLevel>("\"much\""));
    }

    private static Question Of(string name) => RunQuestions.All.Single(q => q.Name == name);

    /// <summary>Fails where a public property differs, down to the last.</summary>
    private static void Same(object? a, object? b, string at)
    {
        if (a is null || b is null || a is string || a.GetType().IsPrimitive || a.GetType().IsEnum)
        {
            // JSON has no infinity: what is not finite is null.
            bool isUndefined = a is double value && !double.IsFinite(value) && b is double.NaN;
            Assert.True(isUndefined || Equals(a, b), $"{at}: {a} became {b}");
        }
        else if (a is IEnumerable list)
        {
            object?[] one = [.. list.Cast<object?>()], other = [.. ((IEnumerable)b).Cast<object?>()];
            Assert.True(one.Length == other.Length, $"{at}: {one.Length} became {other.Length}");
            foreach (var (i, (x, y)) in one.Zip(other).Index())
                Same(x, y, $"{at}[{i}]");
        }
        else
        {
            var properties = a.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
            Assert.NotEmpty(properties);
            foreach (var property in properties)
                Same(property.GetValue(a), property.GetValue(b), $"{at}.{property.Name}");
        }
    }

    /// <summary>A run that takes a moment.</summary>
    public sealed class SmallRun : IDisposable
    {
        public const int Samples = 40;

        private readonly SmallProbe _probe = new(Nets.ReluMlp(1, 3, [8], 3), Samples, 3);

        public SmallRun()
        {
            _probe.Probe("run");
            Truth = _probe.Folder.Write("wrong.csv", "w\n" + string.Concat(Enumerable.Range(0, Samples).Select(i => i % 7 == 0 ? "1\n" : "0\n"))) + ":w";
            Asked = AskedRun.Open(Path);
        }

        public string Path => _probe.Folder["run"];

        public string Model => _probe.Folder["m.onnx"];

        public string Truth { get; }

        public AskedRun Asked { get; }

        public void Dispose() => _probe.Dispose();
    }

    /// <summary>Asked of one run only: to register is for the whole process.</summary>
    private sealed class OwnQuestion(string path) : Question<OwnAnswer>
    {
        public override string Name => "asked-by-run-questions-tests-alone";

        public override string Asks => "how many samples there are";

        public override string Panel => "What only a test asks";

        public override bool IsFor(AskedRun run) => run.Path == path;

        public override IEnumerable<string> InShort(AskedRun run, Answer answer) => ["In short, a test counts."];

        protected override async Task<OwnAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken) =>
            new((await run.ReadAsync(cancellationToken)).Samples.Count);
    }

    private sealed record OwnAnswer(int Samples) : Answer
    {
        public override AnswerText ToText() => new AnswerText().Line($"A test counted {Samples} samples.");
    }
}
