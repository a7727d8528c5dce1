using Apex.Analysis.Statistics;
using Apex.Probing;

namespace Apex.Training.Studies;

/// <summary>
/// How consistently networks that did not train on an image get its label right (the C-score of Z. Jiang, C. Zhang, K. Talwar and M. Mozer, "Characterizing structural
/// regularities of labeled data in overparameterized models", 2021, at one size of the training set: half of the images), from small networks trained on random halves.
/// </summary>
internal sealed class ConsistencyScores
{
    private ConsistencyScores(double[] scores, double reliability, int networks, int epochs, int half) => (Scores, Reliability, Networks, EpochCount, HalfSize) = (scores, reliability, networks, epochs, half);

    /// <summary>Share of the networks that did not train on an image and get it right; NaN where all trained on it. Shape <c>[samples]</c>.</summary>
    public double[] Scores { get; }

    /// <summary>Spearman's correlation of the scores of half of the networks with those of the other half, stepped up to all of them by the Spearman-Brown formula.</summary>
    public double Reliability { get; }

    /// <summary>How many networks.</summary>
    public int Networks { get; }

    /// <summary>Passes of each over its half.</summary>
    public int EpochCount { get; }

    /// <summary>Images of a half.</summary>
    public int HalfSize { get; }

    /// <summary>
    /// Forward passes that one sample's score takes, a training step counted as three: what training costs on all images, and each network's look at each of
    /// them, over the number of images.
    /// </summary>
    public double PassesPerSample => Networks * (3.0 * EpochCount * HalfSize + 2 * HalfSize) / (2 * HalfSize);

    /// <summary>Passes over the images of networks that do not memorise.</summary>
    public static int Epochs(StudyContext context) => context.Quick ? 8 : 5;

    /// <summary>The first so many training images are scored.</summary>
    public static int Samples(StudyContext context) => context.Quick ? 1000 : 5000;

    /// <summary>Trains what is missing and scores.</summary>
    public static async Task<ConsistencyScores> OfAsync(StudyContext context)
    {
        int samples = Samples(context), networks = context.Quick ? 10 : 30;
        StudyModel[] recipes = [.. Enumerable.Range(1, networks).Select(seed => new StudyModel(FashionNetwork.Plain, context.TrainingCount, seed, Epochs(context)) { OnHalf = true })];
        var paths = context.TrainAll(recipes);
        var (right, seen) = (new double[2, samples], new double[2, samples]);
        for (int m = 0; m < networks; m++)
        {
            // One draw at one level: only the clean predictions are wanted.
            var run = await context.ProbeAsync(paths[m], context.TrainingImages, samples, new ProbeOptions { Sigmas = [1], Draws = 1 });
            var members = recipes[m].Members().ToHashSet();
            foreach (var sample in run.Samples)
            {
                if (members.Contains(sample.SampleId))
                    continue;
                seen[m % 2, sample.SampleId]++;
                right[m % 2, sample.SampleId] += sample.CleanPrediction == sample.Label ? 1 : 0;
            }
        }

        double[] scores = [.. Enumerable.Range(0, samples).Select(i => (right[0, i] + right[1, i]) / (seen[0, i] + seen[1, i]))];
        int[] both = [.. Enumerable.Range(0, samples).Where(i => seen[0, i] > 0 && seen[1, i] > 0)];
        double half = RankCorrelation.Spearman([.. both.Select(i => right[0, i] / seen[0, i])], [.. both.Select(i => right[1, i] / seen[1, i])]);
        return new ConsistencyScores(scores, 2 * half / (1 + half), networks, Epochs(context), context.TrainingCount / 2);
    }
}
