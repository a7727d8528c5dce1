using Apex.Analysis;
using Apex.Analysis.Comparison;
using Apex.Analysis.Regularity;
using Apex.Analysis.Statistics;
using Apex.Experiments;
using Apex.Facts;
using Apex.Noise;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Training.Studies;

/// <summary>Input perturbation as a constrained case of activation perturbation.</summary>
internal sealed class InputStudy : IStudy
{
    private const double Rounding = 1e-4, OffSigma = 1, Noticeable = 0.1;
    private const int OffSamples = 200, OffDraws = 32;

    public string Name => "input";

    public string Question => "Is perturbing the input a constrained case of perturbing activations, and what does it miss?";

    public async Task<StudyResult> RunAsync(StudyContext context)
    {
        List<Measurement> identity = [], reach = [], beyond = [], auc = [], other = [];
        int[] seeds = StudyProbes.StructureSeeds(context);
        FashionNetwork[] networks = [FashionNetwork.Perceptron, FashionNetwork.Plain];
        // All at once, for the sake of the second core.
        context.TrainAll([StudyProbes.Memorised(context),
            .. from network in networks from seed in seeds from share in (double[])[0, 1] select StudyProbes.Structure(context, network, share, seed)]);
        int samples = context.Quick ? 4 : 8, pairs = context.Quick ? 20 : 200;
        foreach (var (name, model, images) in StudyProbes.Pair(context))
        {
            double difference = await context.KeepAsync(model, $"identity {pairs}", images,
                () => Task.Run(() => LargestDifference(model, images, pairs), context.CancellationToken));
            identity.Add(Measurement.ExactlyBelow(name, "largest difference of a logit, over the largest logit", difference, pairs, Rounding));
            foreach (var site in await context.KeepAsync(model, $"reach {samples} {new ReachOptions()}", images,
                () => Task.Run(() => Reach(model, images, samples, context.CancellationToken), context.CancellationToken)))
            {
                string figure = FormattableString.Invariant($"share of a random direction at site {site.Index} ({site.Elements} units, rank {site.Rank:0.#})");
                reach.Add(Measurement.Below(name, figure, site.Share, 1));
            }

            beyond.Add(Measurement.Above(name,
                FormattableString.Invariant($"flip rate under noise of sigma {OffSigma} on units of the first site that are off"),
                await context.KeepAsync(model, $"off units {OffSigma} {OffSamples} {OffDraws}", images,
                    () => FlipsOfOffUnitsAsync(model, images, context.CancellationToken)), Noticeable));

            other.Add(Measurement.Below(name,
                "rank correlation of escape from activation noise with escape from input noise, over what their own repeats allow",
                await SharedAsync(context, model, images), 1));
        }

        foreach (var network in networks)
        {
            var differences = new List<double>();
            foreach (int seed in seeds)
            {
                string structured = context.Train(StudyProbes.Structure(context, network, 0, seed));
                string random = context.Train(StudyProbes.Structure(context, network, 1, seed));
                async Task<double> Auc(NoiseSpace space) => RunComparison.Compare(
                    await StudyProbes.StructureAsync(context, structured, space),
                    await StudyProbes.StructureAsync(context, random, space), replicates: 1).Escape.Auc.Value;
                differences.Add(await Auc(NoiseSpace.Activation) - await Auc(NoiseSpace.Input));
            }

            auc.Add(Measurement.Above($"{network}, all labels random",
                "AUC of escape noise, true against random labels: activation noise less input noise", Interval.Student(differences), 0));
        }

        return new StudyResult(Name, Question,
        [
            new Claim("Perturbing the input by delta is the same as adding a(x + delta) - a(x) at a cut of the network", "abstract; spaces", identity),
            new Claim("Input perturbation reaches a part of the activation space only", "abstract; spaces", reach),
            new Claim("Directions that no small input perturbation reaches change predictions", "spaces", beyond),
            new Claim("Activation noise ranks samples by something else than input noise does", "abstract; spaces", other),
            new Claim("Activation noise tells memorised from learned labels better than input noise", "abstract; small noise, spaces", auc),
        ],
        [
            $"Identity: {pairs} pairs of images, delta the whole difference of the two, at every site that is a cut by itself (all of the plain network, "
                + "stem and block outputs of the residual one). It is computed, not estimated: no interval.",
            $"Reach: exact Jacobian-vector products at {samples} images, 32 random directions each; Student's interval over images. "
                + "At a site with more units than the input a share below 1 follows from the dimensions; the figure says how far below.",
            "Off units: a ReLU that is off does not follow the input; " + FormattableString.Invariant(
                $"noise on such units of the first site alone, {OffSamples} images, {OffDraws} draws."),
            "Escape noise: flip level 0.5, 16 draws; rankings are compared on a grid of 21 levels up to 12.8, two seeds of each kind; "
                + "intervals of correlations are bootstrap intervals over samples, those of AUC differences Student's over seeds.",
        ]);
    }

    /// <summary>
    /// Correlation of the two rankings as it would be without the noise of the draws (C. Spearman's correction for attenuation, "The proof and measurement
    /// of association between two things", 1904): each kind of noise is probed under two seeds, and the correlations across kinds go over those within.
    /// </summary>
    private static async Task<Interval> SharedAsync(StudyContext context, string model, string images)
    {
        var escapes = new List<double[]>();
        foreach (var space in (NoiseSpace[])[NoiseSpace.Activation, NoiseSpace.Input])
        {
            for (ulong seed = 0; seed < 2; seed++)
                escapes.Add(Escapes(await context.ProbeAsync(model, images, context.Quick ? 200 : 1000,
                    new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 12.8, 21), Draws = 16, Space = space, Seed = seed })));
        }

        double Shared(int[] index)
        {
            double[][] own = [.. escapes.Select(e => (double[])[.. index.Select(i => e[i])])];
            double across = (RankCorrelation.Spearman(own[0], own[2]) + RankCorrelation.Spearman(own[0], own[3])
                + RankCorrelation.Spearman(own[1], own[2]) + RankCorrelation.Spearman(own[1], own[3])) / 4;
            return across / Math.Sqrt(RankCorrelation.Spearman(own[0], own[1]) * RankCorrelation.Spearman(own[2], own[3]));
        }

        return Bootstrap.Percentile(escapes[0].Length, index => [Shared(index)],
            [Shared([.. Enumerable.Range(0, escapes[0].Length)])], 0, context.Quick ? 300 : 1000)[0];
    }

    private static double[] Escapes(RunObservations run) => [.. run.Samples.Select(s => EscapeNoise.FlipLevel(s, run.Sigmas, 0.5).RankKey)];

    private static double LargestDifference(string model, string images, int pairs)
    {
        using var prepared = PreparedModel.Open(model, data: images, limit: pairs + 1);
        // The plain network is a chain; of the residual one the stem and the sum of each block.
        Site[] hidden = [.. prepared.Classifier.Sites.Where(s => !s.IsInput)], cuts = hidden.Length == 3 ? hidden : [.. hidden.Where(s => s.Index % 2 == 1)];
        double largest = 0, scale = 0;
        using var clean = prepared.Classifier.OpenClean(cuts);
        var results = prepared.Samples!.Select(s => clean.Run(s.Input)).ToList();
        for (int slot = 0; slot < cuts.Length; slot++)
        {
            using var perturbed = prepared.Classifier.OpenPerturbed([cuts[slot]], prepared.Classifier.FixedBatch ?? 1);
            using var pass = perturbed.CreatePass();
            for (int i = 0; i < pairs; i++)
            {
                var (from, to) = (results[i], results[i + 1]);
                pass.SetInput(prepared.Samples![i].Input);
                float[] e = [.. from.Activations[slot].Zip(to.Activations[slot], (a, b) => b - a)];
                new FixedPerturbation(new Dictionary<int, float[]> { [cuts[slot].Index] = e }).Fill(new NoiseKey(0, 0, 0, cuts[slot].Index), pass.Noise(0, 0));
                var logits = pass.Run([1f]);
                for (int c = 0; c < to.Logits.Length; c++)
                    (largest, scale) = (Math.Max(largest, Math.Abs(to.Logits[c] - logits[c])), Math.Max(scale, Math.Abs(to.Logits[c])));
            }
        }

        return largest / scale;
    }

    private static async Task<Interval> FlipsOfOffUnitsAsync(string model, string images, CancellationToken cancellationToken)
    {
        using var prepared = PreparedModel.Open(model, data: images, limit: OffSamples);
        var first = prepared.Classifier.Sites.First(s => !s.IsInput);
        using var clean = prepared.Classifier.OpenClean([first]);
        var off = prepared.Samples!.ToDictionary(s => s.Id, s => (bool[])[.. clean.Run(s.Input).Activations[0].Select(a => a == 0)]);
        var probe = new Probe(prepared.Classifier, new ProbeOptions { Sites = ["1"], Sigmas = [OffSigma], Draws = OffDraws, Perturbation = new OffUnits(off) });
        double sum = 0, squares = 0;
        await foreach (var sample in probe.RunAsync(prepared.Samples!, cancellationToken: cancellationToken))
        {
            double flips = RunObservations.FlipProbability(sample, 0);
            (sum, squares) = (sum + flips, squares + flips * flips);
        }

        return Interval.Clustered(sum, squares, off.Count, OffDraws);
    }

    private static ReachedSite[] Reach(string model, string images, int samples, CancellationToken cancellationToken)
    {
        using var prepared = PreparedModel.Open(model, data: images, limit: samples);
        Console.Error.WriteLine($"reach of {Path.GetFileNameWithoutExtension(model)}");
        return [.. ReachProbe.Measure(prepared.Classifier, prepared.Samples!, new ReachOptions(), cancellationToken: cancellationToken)
            .Select(r => new ReachedSite(r.Site.Index, r.Site.Elements, r.Rank, r.Share))];
    }

    private sealed record ReachedSite(int Index, int Elements, double Rank, Interval Share);
}
