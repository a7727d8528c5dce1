using Apex.Analysis.Reach;
using Apex.Models;
using Apex.Noise;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Experiments;

/// <summary>
/// Measures how much of each site's activation space perturbing the input can reach (docs/method.md, section 4):
/// <code>
/// using var model = OnnxClassifier.Load("resnet20.onnx");
/// foreach (var site in ReachProbe.Measure(model, samples, new ReachOptions()))
///     Console.WriteLine($"{site.Site}: rank {site.Rank} of {site.Site.Elements}");
/// </code>
/// </summary>
internal static class ReachProbe
{
    /// <summary>Tangents of one sample that are held at a time.</summary>
    private const long MostBytes = 1L << 30;

    private const int FewestRows = 4, MostRows = 64;

    /// <summary>Probes that tell which units have a derivative: one random probe misses none but by a coincidence of probability 0.</summary>
    private const int ScoutingProbes = 4;

    /// <summary>Probes that are computed twice to measure rounding.</summary>
    private const int RoundingProbes = 16;

    /// <summary>Kept apart from the noise that a probe of the same seed adds to the sites.</summary>
    private const int ProbePurpose = 65534, FirstDirection = 1 << 20;

    /// <summary>Measures some sites at some samples.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="samples">The points x at which J_l is taken.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told after every site of every sample.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One for each site, ascending.</returns>
    /// <exception cref="InvalidInputException">An option is out of range, the model reads tokens, or an operator cannot be differentiated.</exception>
    public static IReadOnlyList<Reachability> Measure(
        IClassifier classifier, IReadOnlyList<ProbeSample> samples, ReachOptions options, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(samples);
        if (options.Probes is < 1 or > 16384)
            throw new InvalidInputException($"`Probes` {options.Probes}: give 1 to 16384");
        if (options.Directions is < 1 or > 1024)
            throw new InvalidInputException($"`Directions` {options.Directions}: give 1 to 1024");
        if (options.Threads is < 0 or > 1024)
            throw new InvalidInputException($"`Threads` {options.Threads}: give 1 to 1024, or 0 for one for each core");
        if (classifier.Input.Kind == InputKind.Tokens)
            throw new InvalidInputException($"{classifier.Name}: reads integer tokens, so its activations have no derivative with respect to the input");
        if (classifier is not ITangentClassifier differentiable)
            throw new InvalidInputException($"{classifier.Name}: its derivatives cannot be computed as it is; give it as an ONNX file");
        Probe.CheckHidden(classifier, options.Sites);
        var sites = SiteSelector.Select(classifier.Sites, options.Sites);
        if (sites.Count == 0)
            throw new InvalidInputException($"{classifier.Name}: has no hidden site to reach for");
        if (samples.Count == 0)
            throw new InvalidInputException($"{classifier.Name}: no samples to measure at");
        var reached = new List<Reachability>();
        var count = new Counter(progress, samples.Count * sites.Count);
        foreach (var group in Groups(sites, Math.Min(options.Probes, classifier.Input.Elements)))
        {
            using var worker = new Worker(differentiable, group, options, count, cancellationToken);
            ReachableSpace[][] spaces = [.. samples.Select(worker.Measure)];
            reached.AddRange(group.Select((site, slot) => new Reachability(site, [.. samples.Select(s => s.Id)], [.. spaces.Select(s => s[slot])])));
        }

        return reached;
    }

    /// <summary>Neighbours whose tangents fit into memory together share their passes.</summary>
    private static List<List<Site>> Groups(IReadOnlyList<Site> sites, int probes)
    {
        var groups = new List<List<Site>>();
        long bytes = 0;
        foreach (var site in sites)
        {
            long own = (long)probes * site.Elements * sizeof(float);
            if (groups.Count == 0 || bytes + own > MostBytes)
            {
                groups.Add([]);
                bytes = 0;
            }

            groups[^1].Add(site);
            bytes += own;
        }

        return groups;
    }

    private sealed class Counter(IProgress<ProbeProgress>? progress, int total)
    {
        private int _done;
        private long _passes;

        public void Ran(int passes) => Interlocked.Add(ref _passes, passes);

        public void Done() => progress?.Report(new ProbeProgress("reach", ++_done, total, Interlocked.Read(ref _passes)));
    }

    /// <summary>One group of sites, for one sample after another.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly IClassifier _classifier;
        private readonly List<Site> _sites;
        private readonly ReachOptions _options;
        private readonly Counter _count;
        private readonly CancellationToken _cancel;
        private readonly ITangentPass _pass;
        private readonly int _threads;
        private readonly int _inputs;

        /// <summary>By site: hundreds of megabytes that the samples take turns to use.</summary>
        private readonly float[]?[] _buffers;

        public Worker(ITangentClassifier classifier, List<Site> sites, ReachOptions options, Counter count, CancellationToken cancel)
        {
            (_classifier, _sites, _options, _count, _cancel) = (classifier, sites, options, count, cancel);
            _threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
            _inputs = classifier.Input.Elements;
            _buffers = new float[]?[sites.Count];
            int largest = classifier.Sites.Where(s => s.Index <= sites[^1].Index).Max(s => s.Elements);
            _pass = classifier.OpenTangent(sites, classifier.FixedBatch ?? Math.Clamp(Probe.ValuesPerSite / largest, FewestRows, MostRows));
        }

        public ReachableSpace[] Measure(ProbeSample sample)
        {
            int[][] live = Live(sample);
            int most = _options.Probes;
            // Twice the live units are as good as all of the input: a random sketch of twice the rank is well conditioned.
            int wanted = Math.Min(_inputs, 2 * live.Max(l => l.Length) + ReachableSpace.Oversampling);
            long widest = live.Max(l => (long)l.Length);
            int fit = widest == 0 ? most : (int)Math.Clamp(MostBytes / sizeof(float) / widest, 1, most);
            int probes = Math.Max(1, Math.Min(wanted, Math.Min(most, fit)));
            bool basis = probes == _inputs;
            Action<int, Span<float>> omega = basis ? Unit : (probe, target) => Random(sample.Id, probe, target);
            TangentSketch[] sketches = [.. live.Select((units, slot) => new TangentSketch(probes, units, _buffers[slot]))];
            for (int slot = 0; slot < sketches.Length; slot++)
                _buffers[slot] = sketches[slot].Buffer;
            var arrives = new bool[probes];
            Run(sample, [.. Enumerable.Range(0, probes)], omega, 1, (slot, probe, tangent) =>
            {
                sketches[slot].Set(probe, tangent);
                if (slot == _sites.Count - 1)
                    arrives[probe] = tangent.ContainsAnyExcept(0f);
            });

            // A probe that goes nowhere is not rounded either: an element of the input that is cut off, for one.
            int[] moving = [.. Enumerable.Range(0, probes).Where(p => arrives[p])];
            int count = Math.Min(RoundingProbes, moving.Length);
            int[] twice = [.. Enumerable.Range(0, count).Select(i => moving[(int)((long)i * moving.Length / count)])];
            var again = _sites.Select(_ => new float[twice.Length][]).ToArray();
            Run(sample, twice, omega, TangentRounding.Factor, (slot, probe, tangent) => again[slot][Array.IndexOf(twice, probe)] = tangent.ToArray());

            var spaces = new ReachableSpace[_sites.Count];
            for (int slot = 0; slot < spaces.Length; slot++)
            {
                _cancel.ThrowIfCancellationRequested();
                double threshold = TangentRounding.Threshold(sketches[slot], [.. twice.Zip(again[slot])]);
                spaces[slot] = ReachableSpace.Find(sketches[slot], basis, threshold, Directions(sample, _sites[slot]), _threads);
                _count.Done();
            }

            return spaces;
        }

        public void Dispose() => _pass.Dispose();

        private int[][] Live(ProbeSample sample)
        {
            var moves = _sites.Select(s => new bool[s.Elements]).ToArray();
            Run(sample, [.. Enumerable.Range(0, ScoutingProbes)], (probe, target) => Random(sample.Id, probe, target), 1, (slot, _, tangent) =>
            {
                lock (moves[slot])
                {
                    for (int i = 0; i < tangent.Length; i++)
                    {
                        if (!float.IsFinite(tangent[i]))
                            throw new InvalidInputException(
                                $"{_classifier.Name}: sample {sample.Id}: the derivative of site {_sites[slot].Name} is not finite");
                        moves[slot][i] |= tangent[i] != 0;
                    }
                }
            });
            return [.. moves.Select(m => Enumerable.Range(0, m.Length).Where(i => m[i]).ToArray())];
        }

        private delegate void Column(int slot, int probe, ReadOnlySpan<float> tangent);

        /// <summary>Carries probes to the sites, several passes at a time.</summary>
        private void Run(ProbeSample sample, int[] probes, Action<int, Span<float>> omega, float factor, Column column)
        {
            int rows = _pass.Rows, batches = (probes.Length + rows - 1) / rows;
            try
            {
                Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = _cancel }, batch =>
                {
                    int[] own = probes[(batch * rows)..Math.Min(probes.Length, (batch + 1) * rows)];
                    // Rows without a probe carry a tangent of zero.
                    var tangents = new float[rows * _inputs];
                    for (int row = 0; row < own.Length; row++)
                    {
                        var target = tangents.AsSpan(row * _inputs, _inputs);
                        omega(own[row], target);
                        for (int i = 0; factor != 1 && i < target.Length; i++)
                            target[i] *= factor;
                    }

                    _pass.Run(sample.Input, tangents, (slot, reached) =>
                    {
                        int elements = _sites[slot].Elements;
                        for (int row = 0; row < own.Length; row++)
                            column(slot, own[row], reached.Slice(row * elements, elements));
                    });
                    _count.Ran(own.Length);
                });
            }
            catch (AggregateException error) when (error.InnerExceptions.OfType<InvalidInputException>().FirstOrDefault() is { } told)
            {
                throw new InvalidInputException(told.Message, error);
            }
        }

        private static void Unit(int probe, Span<float> target) => target[probe] = 1;

        /// <summary>Standard normals in steps of 2^-10, so that <see cref="TangentRounding.Factor"/> times one is exact.</summary>
        private void Random(long sample, int probe, Span<float> target)
        {
            GaussianNoise.Fill(new NoiseKey(_options.Seed, sample, probe, ProbePurpose), target);
            for (int i = 0; i < target.Length; i++)
                target[i] = MathF.Round(target[i] * 1024) / 1024;
        }

        private List<float[]> Directions(ProbeSample sample, Site site)
        {
            var directions = new List<float[]>();
            for (int d = 0; d < _options.Directions; d++)
            {
                // Its length does not matter: shares are of its own energy.
                var direction = new float[site.Elements];
                GaussianNoise.Fill(new NoiseKey(_options.Seed, sample.Id, FirstDirection + d, site.Index), direction);
                directions.Add(direction);
            }

            return directions;
        }
    }
}
