using System.Text.Json;
using System.Text.Json.Nodes;
using Apex.Analysis.Statistics;
using Apex.Cli.Commands;
using Apex.Noise;
using Apex.Probing;
using Apex.Tests.Answers;
using Apex.Tests.Docs;
using Apex.Training;
using Apex.Training.Studies;
using Apex.Training.Zoo;
using Xunit;

namespace Apex.Torch.Tests;

public class StudyTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.2, 0.82)]
    [InlineData(1, 0.1)]
    public void Random_labels_are_drawn_from_all_classes(double share, double right)
    {
        long[] labels = [.. Enumerable.Range(0, 20_000).Select(i => (long)(i % 10))], drawn = LabelCorruption.Random(labels, 10, share, 3);
        Assert.Equal(right, labels.Zip(drawn).Count(p => p.First == p.Second) / 20_000.0, 0.01);
        Assert.Equal(drawn, LabelCorruption.Random(labels, 10, share, 3));
        Assert.All(drawn.CountBy(l => l), pair => Assert.InRange(pair.Value, 1800, 2200));
    }

    [Fact]
    public void A_claim_is_judged_by_its_measurements()
    {
        Claim Of(params bool[] holds) => new("it is so", "nowhere", [.. holds.Select(h => new Measurement("a", "b", 0.5, 0.4, 0.6, 10, "above 0.3", h))]);
        Assert.Equal(ClaimVerdict.Supported, Of(true, true).Verdict);
        Assert.Equal(ClaimVerdict.Partly, Of(true, false).Verdict);
        Assert.Equal(ClaimVerdict.NotSupported, Of(false, false).Verdict);
        Assert.Throws<InvalidOperationException>(() => Of().Verdict);
    }

    [Fact]
    public void A_measurement_holds_by_its_whole_interval()
    {
        Interval wide = new(0.6, 0.4, 0.8, 10), unknown = new(double.NaN, double.NaN, double.NaN, 0);
        Assert.True(Measurement.Above("", "", wide, 0.3).Holds);
        Assert.False(Measurement.Above("", "", wide, 0.5).Holds);
        Assert.True(Measurement.Below("", "", wide, 0.9).Holds);
        Assert.False(Measurement.Below("", "", wide, 0.7).Holds);
        Assert.False(Measurement.Above("", "", unknown, 0).Holds || Measurement.Below("", "", unknown, 1).Holds);
        Assert.True(Measurement.Between("", "", wide, 0.3, 0.9).Holds);
        Assert.False(
            Measurement.Between("", "", wide, 0.3, 0.7).Holds || Measurement.Between("", "", wide with { High = double.PositiveInfinity }, 0.3, 0.9).Holds);
        Assert.Equal("above 0.5", Measurement.ExactlyAbove("", "", 0.6, 1, 0.5).Criterion);
        Assert.Null(Measurement.ExactlyBelow("", "", 0.6, 1, 0.7).Low);
    }

    [Fact]
    public void Means_over_networks_have_students_interval()
    {
        // Table value t(0.975, 4) = 2.7764; the standard deviation of 1..5 is the root of 2.5.
        var mean = Interval.Student([1, 2, 3, 4, 5]);
        Assert.Equal(3, mean.Value, 12);
        Assert.Equal(2.7764 * Math.Sqrt(2.5 / 5), mean.High - 3, 4);
        Assert.Equal(mean.High - 3, 3 - mean.Low, 12);
        Assert.False(double.IsFinite(Interval.Student([1]).High));
    }

    [Fact]
    public void Consistency_counts_networks_that_did_not_train_on_an_image()
    {
        var scores = new ConsistencyScores(
        [
            [true, false, null, true],
            [true, false, null, null],
            [null, true, null, true],
            [true, false, null, false],
        ]);
        Assert.Equal([1, 0.25, double.NaN, 2 / 3.0], scores.Scores);
        // Even networks say 1, 1/2, -, 1 and odd ones 1, 0, -, 0: ranks 2.5, 1, 2.5 against 3, 1.5, 1.5, so rho = 1/2, stepped up to 2/3.
        Assert.Equal(2 / 3.0, scores.Reliability, 12);
        Assert.Equal(10 * (3 * 8 / 2.0 + 1), ConsistencyScores.PassesPerSample(10, 8));
    }

    [Fact]
    public void Halves_are_random_and_halves()
    {
        var model = new StudyModel(FashionNetwork.Plain, 1000, 1, 8) { OnHalf = true };
        long[] first = model.Members(), second = (model with { Seed = 2 }).Members();
        Assert.Equal(500, first.Distinct().Count());
        Assert.All(first, i => Assert.InRange(i, 0, 999));
        Assert.Equal(first, model.Members());
        Assert.InRange(first.Intersect(second).Count(), 200, 300);
        Assert.Equal(1000, (model with { OnHalf = false }).Members().Length);
        Assert.NotEqual(model.Hash("data"), (model with { Epochs = 9 }).Hash("data"));
        Assert.NotEqual(model.Hash("data"), model.Hash("other data"));
    }

    [Fact]
    public void Networks_share_their_top_class_by_pairs()
    {
        // Of 6 pairs, 3 share class 7.
        var same = StudyZoo.SameTop([7, 7, 7, 1]);
        Assert.Equal(0.5, same.Value, 12);
        Assert.InRange(same.Low, 0, 0.5);
        Assert.Equal(1, StudyZoo.SameTop([2, 2, 2, 2]).Value);
        Assert.Equal(0, StudyZoo.SameTop([1, 2, 3]).High);
    }

    [Fact]
    public void A_target_is_held_against_clean_networks_of_its_setting()
    {
        static ZooMember Of(ZooArchitecture network, int? target, params double[] limit) =>
            new(new Recipe(ZooData.Fashion, network, 1, target is null ? Attack.Clean : Attack.Patch, target, 0, 1), "", limit);
        double[] over = StudyZoo.OverClean(
        [
            Of(ZooArchitecture.Plain, null, 0.2, 0.8), Of(ZooArchitecture.Plain, null, 0.4, 0.6), Of(ZooArchitecture.Plain, 1, 0.1, 0.9),
            Of(ZooArchitecture.Resnet8, null, 0.5, 0.5), Of(ZooArchitecture.Resnet8, 0, 0.4, 0.6),
        ], (m, c) => m.Limit[c]);
        Assert.Equal(2, over.Length);
        Assert.Equal(0.2, over[0], 12);
        Assert.Equal(-0.1, over[1], 12);
    }

    [Fact]
    public void Noise_on_off_units_leaves_the_others_alone()
    {
        var noise = new OffUnits(new Dictionary<long, bool[]> { [3] = [true, false, true, false] });
        float[] all = new float[4], off = new float[4];
        NoiseKey key = new(5, 3, 1, 2);
        new GaussianPerturbation().Fill(key, all);
        noise.Fill(key, off);
        Assert.Equal([all[0], 0, all[2], 0], off);
    }

    [Fact]
    public void Reports_hold_every_claim_and_figure()
    {
        StudyResult result = new("semantic", "Does it?",
        [
            new Claim("one", "abstract", [new Measurement("net", "share", 0.5, 0.25, double.PositiveInfinity, 7, "above 0.2", true),
                Measurement.ExactlyBelow("net", "p", 0.0001, 99, 0.01)]),
            new Claim("two", "small noise", [new Measurement("net", "rho", double.NaN, -1, 1, 9, "above 0", false)]),
        ], ["a note"])
        {
            Models = [new UsedModel("m", "made so", 4, null, 0.9)],
        };
        using var json = JsonDocument.Parse(StudyReport.Json([result], quick: true, "apex study semantic"));
        Assert.Empty(StoredAnswer.Missing(StoredAnswer.Read("study"), json.RootElement));
        CommandSchema.Check("study", json.RootElement);
        var claims = json.RootElement.GetProperty("studies")[0].GetProperty("claims");
        Assert.Equal(["supported", "notSupported"], claims.EnumerateArray().Select(c => c.GetProperty("verdict").GetString()!));
        Assert.Equal("Infinity", claims[0].GetProperty("measurements")[0].GetProperty("high").GetString());
        string text = string.Join('\n', StudyReport.Markdown([result], "apex study semantic"));
        Assert.Contains("| semantic | one | abstract | supported | 2 of 2 |", text, StringComparison.Ordinal);
        Assert.Contains("| net | share | 0.500 [0.250, Infinity] | 7 | above 0.2 | yes |", text, StringComparison.Ordinal);
        Assert.Contains("| net | p | 1.0e-4 | 99 | below 0.01 | yes |", text, StringComparison.Ordinal);
        Assert.Contains("| `m` | 4 | made so |  | 0.9000 |", text, StringComparison.Ordinal);
    }

    /// <summary>With <c>APEX_RENEW=1</c> in the environment the schema is written anew.</summary>
    [Fact]
    public void The_schema_is_made_from_the_types()
    {
        string path = Path.Combine(Repository.Root, "docs", "cli.schema.json");
        var document = JsonNode.Parse(File.ReadAllText(path))!;
        var made = AnswerSchema.Of(typeof(StudyAnswer), "study", "apex study NAME --json", StudyReport.Options);
        if (Environment.GetEnvironmentVariable("APEX_RENEW") == "1")
        {
            document["$defs"]!["study"] = made.DeepClone();
            File.WriteAllText(path, AnswerSchema.Written(document) + "\n");
        }

        Assert.Equal(AnswerSchema.Written(made), AnswerSchema.Written(document["$defs"]!["study"]));
    }

    [Fact]
    public void Studies_are_known_by_name()
    {
        Assert.Contains("give all, or one of transition",
            Assert.Throws<InvalidInputException>(() => StudyRegistry.Named("nothing")).Message, StringComparison.Ordinal);
        // The schema lists them, and the other half of the command is held against the schema where it is tested.
        foreach (var study in StudyRegistry.All)
        {
            using var json = JsonDocument.Parse(StudyReport.Json([new StudyResult(study.Name, study.Question, [], [])], quick: false, ""));
            CommandSchema.Check("study", json.RootElement);
            Assert.Same(study, Assert.Single(StudyRegistry.Named(study.Name)));
        }

        Assert.Equal(7, StudyRegistry.Named("all").Count);
        Assert.Equal(StudyArguments.Studies, StudyRegistry.All.Select(s => s.Name));
    }

    [Fact]
    public async Task What_was_done_is_not_done_again_and_what_was_cut_off_is()
    {
        using var folder = new TempFolder();
        StudyContext Context(CancellationToken cancellation = default) =>
            new(new StudyOptions { Folder = folder.Path, Quick = true, Fashion = "" }, cancellation);
        StudyModel[] recipes = [.. Enumerable.Range(1, 3).Select(seed => new StudyModel(FashionNetwork.Perceptron, 300, seed, 2))];
        var options = new ProbeOptions { Sigmas = [0.5, 1], Draws = 4 };
        using (var stopped = new CancellationTokenSource())
        {
            stopped.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => Context(stopped.Token).TrainAll(recipes));
        }

        var paths = Context().TrainAll(recipes);
        var written = Files(folder.Path);
        Assert.DoesNotContain(written.Keys, p => p.EndsWith(".tmp", StringComparison.Ordinal) || p.EndsWith(".checkpoint", StringComparison.Ordinal));
        var run = await Context().ProbeAsync(paths[0], StudyContext.BuiltInImages, 20, options);
        Assert.Equal(20, run.Samples.Count);
        // A run that was cut off: its description says that it was being written.
        string kept = Assert.Single(Directory.GetDirectories(Path.Combine(folder.Path, "runs")));
        foreach (string file in Directory.GetFiles(kept, "*.json"))
            File.WriteAllText(file, File.ReadAllText(file).Replace("complete", "running", StringComparison.OrdinalIgnoreCase));
        var again = await Context().ProbeAsync(paths[0], StudyContext.BuiltInImages, 20, options);
        Assert.Equal(run.Samples.SelectMany(s => s.Sigmas).SelectMany(s => s.Counts), again.Samples.SelectMany(s => s.Sigmas).SelectMany(s => s.Counts));

        // Other options are another run, the same ones the same; models stay as they are.
        _ = await Context().ProbeAsync(paths[0], StudyContext.BuiltInImages, 20, options with { Seed = 1 });
        var context = Context();
        Assert.Equal(paths, context.TrainAll(recipes));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(folder.Path, "runs")).Length);
        Assert.All(written, pair => Assert.Equal(pair.Value, File.GetLastWriteTimeUtc(pair.Key)));
        int measured = 0;
        for (int i = 0; i < 2; i++)
            Assert.Equal(new Interval(1, 0, double.PositiveInfinity, 3),
                await context.KeepAsync(paths[0], "what", null, () => Task.FromResult(new Interval(++measured, 0, double.PositiveInfinity, 3))));
        Assert.Equal(1, measured);

        // Weights do not depend on which networks were trained beside them.
        using var other = new TempFolder();
        string alone = new StudyContext(new StudyOptions { Folder = other.Path, Quick = true, Fashion = "" }, default).Train(recipes[2]);
        Assert.Equal(File.ReadAllBytes(paths[2]), File.ReadAllBytes(alone));
    }

    private static Dictionary<string, DateTime> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);
}
