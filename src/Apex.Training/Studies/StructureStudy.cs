using Apex.Analysis;
using Apex.Analysis.Comparison;
using Apex.Probing;
using MathNet.Numerics.Distributions;

namespace Apex.Training.Studies;

/// <summary>Structured against random labels: does escape noise tell a network that memorised from one that learned?</summary>
internal sealed class StructureStudy : IStudy
{
    private const double Goal = 0.9;

    public string Name => "structure";

    public string Question => "Do training samples of a network that memorised random labels escape at smaller noise than those of one that learned true labels?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        double[] shares = context.Quick ? [0.5, 1] : [0.2, 0.5, 0.8, 1];
        int[] seeds = [.. Enumerable.Range(1, context.Quick ? 3 : 5)];
        int images = context.Quick ? 1000 : 5000, samples = context.Quick ? 200 : 1000;
        var models = new List<string>();
        var escape = shares.ToDictionary(s => s, _ => new List<double>());
        var relative = shares.ToDictionary(s => s, _ => new List<double>());
        var margin = shares.ToDictionary(s => s, _ => new List<double>());
        var fitted = new List<double>();
        foreach (int seed in seeds)
        {
            string Model(double share)
            {
                string path = context.Train(new StudyModel(images, share, seed, 200));
                models.Add(FormattableString.Invariant($"{Path.GetFileName(path)}: training accuracy {StudyContext.Accuracy(path).Training:f4}, test accuracy {StudyContext.Accuracy(path).Test:f4}"));
                fitted.Add(StudyContext.Accuracy(path).Training);
                return path;
            }

            Task<RunObservations> Probe(string model, NoiseScale scale) =>
                context.ProbeAsync(model, context.TrainingImages, samples, new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 3.2, 17), Draws = 16, Scale = scale });
            string structured = Model(0);
            var (absolute, scaled) = (await Probe(structured, NoiseScale.Absolute), await Probe(structured, NoiseScale.Relative));
            foreach (double share in shares)
            {
                string random = Model(share);
                var compared = RunComparison.Of(absolute, await Probe(random, NoiseScale.Absolute), replicates: 1);
                escape[share].Add(compared.Escape.Auc.Value);
                margin[share].Add(compared.Margin.Auc.Value);
                relative[share].Add(RunComparison.Of(scaled, await Probe(random, NoiseScale.Relative), replicates: 1).Escape.Auc.Value);
            }
        }

        string Of(double share) => FormattableString.Invariant($"{share:p0} random labels");
        var growth = shares.Zip(shares.Skip(1), (a, b) =>
            Measurement.From($"{Of(a)} to {Of(b)}", "difference of the AUC of escape noise", OverSeeds([.. escape[b].Zip(escape[a], (x, y) => x - y)]), d => d.Low > 0));
        var beyond = shares.Select(s => Measurement.From(Of(s), "AUC of escape noise less that of the clean margin", OverSeeds([.. escape[s].Zip(margin[s], (x, y) => x - y)]), d => d.Low > 0));
        return new StudyResult(Name, Question,
        [
            new Claim("Samples of the network that learned true labels outlast those of the one that memorised random ones", [.. shares.Select(s => Measurement.From(Of(s), "AUC of escape noise, absolute", OverSeeds(escape[s]), a => a.Low > 0.5))]),
            new Claim("With all labels random the two are told apart with an AUC of at least 0.9",
            [
                Measurement.From("absolute noise", "AUC of escape noise", OverSeeds(escape[1]), a => a.Low >= Goal),
                Measurement.From("noise relative to each site's rms", "AUC of escape noise", OverSeeds(relative[1]), a => a.Low >= Goal),
            ]),
            new Claim("The more labels are random, the better they are told apart", [.. growth]),
            new Claim("Noise says more of it than the clean margin does", [.. beyond]),
        ],
        [
            FormattableString.Invariant($"Plain networks of three ReLU sites on the same {images} images, until all labels are learned; training accuracy at least {fitted.Min():f4}. The first {samples} of those images, flip level 0.5, 17 levels, 16 draws."),
            $"AUC: probability that a sample of the network with true labels outlasts one of the other. Mean and Student's 95 % interval over {seeds.Length} seeds ({string.Join(", ", seeds)}), each with networks, labels and order of its own.",
        ],
        models);
    }

    private static Interval OverSeeds(IReadOnlyList<double> values)
    {
        double mean = values.Average(), deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        double half = StudentT.InvCDF(0, 1, values.Count - 1, 0.975) * deviation / Math.Sqrt(values.Count);
        return new Interval(mean, mean - half, mean + half, values.Count);
    }
}
