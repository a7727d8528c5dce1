using Apex.Analysis.Statistics;
using Apex.Probing;

namespace Apex.Training.Studies;

/// <summary>
/// How consistently networks that did not train on an image get its label right (the C-score of Z. Jiang, C. Zhang, K. Talwar and M. Mozer, "Characterizing
/// structural regularities of labeled data in overparameterized models", 2021, at one size of the training set: half of the images), from small networks
/// trained on random halves.
/// </summary>
internal sealed class ConsistencyScores
{
    /// <summary>Scores from what networks made of images.</summary>
    /// <param name="seen">Whether each network gets each image right; null where it trained on it. Shape <c>[networks][samples]</c>, at least two
    /// networks.</param>
    public ConsistencyScores(IReadOnlyList<bool?[]> seen)
    {
        (Scores, Networks) = (Shares(seen), seen.Count);
        double[] even = Shares([.. seen.Where((_, m) => m % 2 == 0)]), odd = Shares([.. seen.Where((_, m) => m % 2 == 1)]);
        int[] both = [.. Enumerable.Range(0, Scores.Length).Where(i => !double.IsNaN(even[i]) && !double.IsNaN(odd[i]))];
        double half = RankCorrelation.Spearman([.. both.Select(i => even[i])], [.. both.Select(i => odd[i])]);
        Reliability = 2 * half / (1 + half);
    }

    /// <summary>Share of the networks that did not train on an image and get it right; NaN where all trained on it. Shape <c>[samples]</c>.</summary>
    public double[] Scores { get; }

    /// <summary>
    /// Spearman's correlation of the scores of half of the networks with those of the other half, stepped up to all of them by the Spearman-Brown formula.
    /// </summary>
    public double Reliability { get; }

    /// <summary>How many networks.</summary>
    public int Networks { get; }

    /// <summary>Passes over the images of networks that do not memorise.</summary>
    public static int Epochs(StudyContext context) => context.Quick ? 8 : 5;

    /// <summary>The first so many training images are scored.</summary>
    public static int Samples(StudyContext context) => context.Quick ? 1000 : 5000;

    /// <summary>
    /// Forward passes that one sample's score takes, a training step counted as three: each network trains on half of the images and looks at all of them.
    /// </summary>
    public static double PassesPerSample(int networks, int epochs) => networks * (3.0 * epochs / 2 + 1);

    /// <summary>Trains what is missing and scores.</summary>
    public static async Task<ConsistencyScores> OfAsync(StudyContext context)
    {
        int samples = Samples(context), networks = context.Quick ? 10 : 30;
        StudyModel[] recipes = [.. Enumerable.Range(1, networks)
            .Select(seed => new StudyModel(FashionNetwork.Plain, context.TrainingCount, seed, Epochs(context)) { OnHalf = true })];
        var paths = context.TrainAll(recipes);
        var seen = new List<bool?[]>();
        foreach (var (recipe, path) in recipes.Zip(paths))
        {
            // One draw at one level: only the clean predictions are wanted.
            var run = await context.ProbeAsync(path, context.TrainingImages, samples, new ProbeOptions { Sigmas = [1], Draws = 1 });
            var members = recipe.Members().ToHashSet();
            var right = new bool?[samples];
            foreach (var sample in run.Samples.Where(s => !members.Contains(s.SampleId)))
                right[sample.SampleId] = sample.CleanPrediction == sample.Label;
            seen.Add(right);
        }

        return new ConsistencyScores(seen);
    }

    private static double[] Shares(IReadOnlyList<bool?[]> seen) =>
        [.. Enumerable.Range(0, seen[0].Length)
            .Select(i => seen.Where(s => s[i] is not null).Select(s => s[i]!.Value ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average())];
}
