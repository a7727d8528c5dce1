using Apex.Analysis.Comparison;
using Apex.Analysis.Statistics;
using Apex.Facts;

namespace Apex.Training.Studies;

/// <summary>Structured against random labels: does escape noise tell a network that memorised from one that learned?</summary>
internal sealed class StructureStudy : IStudy
{
    private const double Goal = 0.9, Fitted = 0.998;

    public string Name => "structure";

    public string Question =>
        "Do training samples of a network that memorised random labels escape at smaller noise than those of one that learned true labels?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        int[] seeds = StudyProbes.StructureSeeds(context);
        var shares = context.Quick
            ? new Dictionary<FashionNetwork, double[]> { [FashionNetwork.Perceptron] = [0.5, 1], [FashionNetwork.Plain] = [1] }
            : new Dictionary<FashionNetwork, double[]> { [FashionNetwork.Perceptron] = [0.2, 0.5, 0.8, 1], [FashionNetwork.Plain] = [1] };
        context.TrainAll([.. from network in shares.Keys from seed in seeds
            from share in (double[])[0, .. shares[network]] select StudyProbes.Structure(context, network, share, seed)]);
        List<Measurement> outlast = [], goal = [], growth = [], beyond = [], distance = [];
        List<Measurement> fitted = [];
        int leastSamples = int.MaxValue;
        foreach (var (network, wanted) in shares)
        {
            double leastFitted = 1;
            var (absolute, relative, margin, apart) = (Table(wanted), Table(wanted), Table(wanted), Table(wanted));
            foreach (int seed in seeds)
            {
                string Model(double share) => context.Train(StudyProbes.Structure(context, network, share, seed));
                string structured = Model(0);
                var (plain, scaled) = (
                    await StudyProbes.StructureAsync(context, structured),
                    await StudyProbes.StructureAsync(context, structured, scale: NoiseScale.Relative));
                leastSamples = Math.Min(leastSamples, plain.Samples.Count);
                leastFitted = Math.Min(leastFitted, StudyContext.Accuracy(structured).Training);
                foreach (double share in wanted)
                {
                    string random = Model(share);
                    leastFitted = Math.Min(leastFitted, StudyContext.Accuracy(random).Training);
                    var compared = RunComparison.Compare(plain, await StudyProbes.StructureAsync(context, random), replicates: 1);
                    absolute[share].Add(compared.Escape.Auc.Value);
                    apart[share].Add(compared.Escape.KolmogorovSmirnov);
                    margin[share].Add(compared.Margin.Auc.Value);
                    relative[share].Add(RunComparison.Compare(scaled,
                        await StudyProbes.StructureAsync(context, random, scale: NoiseScale.Relative), replicates: 1).Escape.Auc.Value);
                }
            }

            int networks = seeds.Length * (wanted.Length + 1);
            var least = Measurement.ExactlyAbove($"{network}", "least training accuracy of any of them", leastFitted, networks, Fitted);
            fitted.Add(least with { Detail = FormattableString.Invariant($"{leastFitted:f4}") });
            string On(double share) => FormattableString.Invariant($"{network}, {100 * share:0} % random labels");
            foreach (double share in wanted)
            {
                outlast.Add(Measurement.Above(On(share), "AUC of escape noise", Interval.Student(absolute[share]), 0.5));
                beyond.Add(Measurement.Above(On(share), "AUC of escape noise less that of the clean margin",
                    Interval.Student([.. absolute[share].Zip(margin[share], (a, b) => a - b)]), 0));
            }

            goal.Add(Measurement.Above(On(1), "AUC of escape noise, absolute", Interval.Student(absolute[1]), Goal));
            goal.Add(Measurement.Above(On(1), "AUC of escape noise, relative to each site's rms", Interval.Student(relative[1]), Goal));
            distance.Add(Measurement.Above(On(1), "Kolmogorov-Smirnov distance", Interval.Student(apart[1]), 0.5));
            growth.AddRange(wanted.Zip(wanted.Skip(1), (a, b) =>
                Measurement.Above(FormattableString.Invariant($"{network}, {100 * a:0} to {100 * b:0} % random"),
                    "difference of the AUC of escape noise", Interval.Student([.. absolute[b].Zip(absolute[a], (x, y) => x - y)]), 0)));
        }

        return new StudyResult(Name, Question,
        [
            new Claim("Every network has learned its training labels, true or random, so that pairs can be compared", "small noise", fitted),
            new Claim("Training samples of the network that learned true labels outlast those of the one that memorised random ones",
                "abstract; small noise", outlast),
            new Claim("With all labels random the two are told apart with an AUC of at least 0.9", "small noise", goal),
            new Claim("The distributions of their escape noise lie more than half of all samples apart", "small noise", distance),
            new Claim("The more labels are random, the better they are told apart", "small noise", growth),
            new Claim("Noise says more of it than the clean margin does", "small noise", beyond),
        ],
        [
            "Both networks of a pair learn the same images until all labels are learned, or to the end of their epochs. " + FormattableString.Invariant(
                $"Probed: the first {leastSamples} of those images, flip level 0.5, 21 levels, 16 draws, all hidden sites."),
            "AUC: probability that a sample of the network with true labels outlasts one of the other. "
                + $"Mean and Student's 95 % interval over {seeds.Length} seeds ({string.Join(", ", seeds)}), each with weights, labels and order of its own.",
        ]);
    }

    private static Dictionary<double, List<double>> Table(double[] shares) => shares.ToDictionary(s => s, _ => new List<double>());
}
