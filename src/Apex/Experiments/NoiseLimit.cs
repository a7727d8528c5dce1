using System.Globalization;
using Apex.Models;
using Apex.Noise;
using Apex.Probing;
using Apex.Sites;

namespace Apex.Experiments;

/// <summary>
/// p_inf, the distribution of predictions in the limit of infinite noise (docs/method.md, section 3). It needs no data:
/// <code>
/// using var limit = NoiseLimit.Of(OnnxClassifier.Load("resnet20.onnx"));
/// var bias = ClassBias.Of(await limit.CountAsync(limit.Groups[0], draws: 10_000));
/// </code>
/// </summary>
internal sealed class NoiseLimit : IDisposable
{
    /// <summary>Draws of one unit of work: the noise of draw k is that of draw k mod 100 of sample k / 100.</summary>
    private const int Block = 100;

    private const int MostRows = 50;

    private readonly IClassifier _classifier;

    private NoiseLimit(IClassifier classifier)
    {
        _classifier = classifier;
        // Noise on an input of whole numbers cannot grow without bound.
        Groups = [.. SiteGroup.Of(classifier.Sites).Where(g => g.Name != "input" || classifier.Input.IsReal)];
    }

    /// <summary>All hidden sites first, then the early, middle and late ones and the input.</summary>
    public IReadOnlyList<SiteGroup> Groups { get; }

    /// <summary>C.</summary>
    public int Classes => _classifier.Classes;

    /// <summary>The network in the limit.</summary>
    public IClassifier Classifier => _classifier;

    /// <summary>Takes a network to its limit.</summary>
    /// <param name="classifier">The network.</param>
    /// <exception cref="InvalidInputException">An operator of the network has no limit, or its backend cannot find it.</exception>
    public static NoiseLimit Of(IClassifier classifier) => classifier is ILimitClassifier own
        ? new NoiseLimit(own.OpenLimit())
        : throw new InvalidInputException($"{classifier.Name}: its limit of infinite noise cannot be found as it is; give it as an ONNX file");

    /// <summary>Counts predictions over draws of the noise.</summary>
    /// <param name="group">The sites that get noise, each with c_l = 1; everything else vanishes.</param>
    /// <param name="draws">N.</param>
    /// <param name="seed">Keys the noise.</param>
    /// <param name="threads">Worker threads; 0 for one for each core. Results do not depend on it.</param>
    /// <param name="progress">Told after every hundred draws.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>Draws that fell on each class, shape <c>[classes]</c>. Draws that left the largest logits exactly equal are not among them.</returns>
    /// <exception cref="InvalidInputException">
    /// The noise of these sites does not reach the logits in the limit, because bounded activations lie behind them; or more than 1 % of the draws
    /// end in a tie, as where all units behind the noise are off: which class is predicted there depends on biases, which the limit does not have.
    /// </exception>
    public async Task<long[]> CountAsync(
        SiteGroup group, int draws, ulong seed = 0, int threads = 0, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Checked(group, await TallyAsync(group, draws, seed, threads, progress, cancellationToken));

    /// <summary>The counts of a tally that decides.</summary>
    /// <exception cref="InvalidInputException">It does not.</exception>
    internal long[] Checked(SiteGroup group, Tally tally)
    {
        if (tally.Decides)
            return tally.Counts;
        throw new InvalidInputException(
            tally.NonFinite > 0
            ? $"{_classifier.Name}: the limit of infinite noise overflows: " +
                $"{tally.NonFinite} of {tally.Draws} draws on the {group.Name} sites have a logit that is not finite"
            : tally.Tied == tally.Draws
            ? $"{_classifier.Name}: in the limit of infinite noise nothing of the noise on the {group.Name} sites reaches the logits: " +
                "bounded activations lie behind them"
            : string.Create(CultureInfo.InvariantCulture, $"{_classifier.Name}: in the limit of infinite noise {(double)tally.Tied / tally.Draws:p0} ") +
                $"of the draws on the {group.Name} sites leave several classes tied: biases decide there, which the limit does not have; " +
                "give large finite levels instead, e.g. `Sigmas` 1,10,100");
    }

    /// <summary>As <see cref="CountAsync"/>, whatever comes of it.</summary>
    internal Task<Tally> TallyAsync(
        SiteGroup group, int draws, ulong seed = 0, int threads = 0, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        return Task.Run(() => Count(group, draws, seed, threads, progress, cancellationToken), cancellationToken);
    }

    private Tally Count(SiteGroup group, int draws, ulong seed, int threads, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        int blocks = (draws + Block - 1) / Block;
        int rows = _classifier.FixedBatch ?? Math.Clamp(Probe.ValuesPerSite / group.Sites.Max(s => s.Elements), 1, MostRows);
        var input = _classifier.Input;
        var nothing = input.Kind == InputKind.Tokens
            ? new ModelSample([new SampleTensor(input.Name, new long[input.Elements])])
            : new ModelSample(new float[input.Elements], []);
        float[] scales = [.. group.Sites.Select(_ => 1f)];
        var counts = new long[Classes];
        long tied = 0, nonFinite = 0, done = 0;
        var gate = new Lock();
        using var perturbed = _classifier.OpenPerturbed(group.Sites, rows);
        ParallelPasses.Run(blocks, threads, () =>
        {
            var pass = perturbed.CreatePass();
            pass.SetInput(nothing);
            return pass;
        }, (block, pass) =>
        {
            int here = Math.Min(Block, draws - block * Block);
            var own = new long[Classes];
            long ownTied = 0, ownNonFinite = 0;
            for (int first = 0; first < here; first += rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (int slot = 0; slot < scales.Length; slot++)
                {
                    for (int row = 0; row < rows; row++)
                        GaussianNoise.Fill(new NoiseKey(seed, block, first + row, group.Sites[slot].Index), pass.Noise(slot, row));
                }

                var logits = pass.Run(scales);
                for (int row = 0; row < Math.Min(rows, here - first); row++)
                {
                    var scores = logits.Slice(row * Classes, Classes);
                    if (!Prediction.IsFinite(scores))
                    {
                        ownNonFinite++;
                        continue;
                    }

                    int top = Prediction.ArgMax(scores);
                    if (Prediction.Margin(scores, top) > 0)
                        own[top]++;
                    else
                        ownTied++;
                }
            }

            lock (gate)
            {
                for (int c = 0; c < own.Length; c++)
                    counts[c] += own[c];
                (tied, nonFinite) = (tied + ownTied, nonFinite + ownNonFinite);
                progress?.Report(new ProbeProgress(group.Name, ++done, blocks, Math.Min(draws, done * Block)));
            }
        }, pass => pass.Dispose(), cancellationToken);
        return new Tally(counts, tied, nonFinite);
    }

    /// <summary>What draws of the limit fell on.</summary>
    /// <param name="Counts">Draws that fell on each class, shape <c>[classes]</c>.</param>
    /// <param name="Tied">Draws that left the largest logits exactly equal.</param>
    /// <param name="NonFinite">Draws with a logit that is not finite.</param>
    internal sealed record Tally(long[] Counts, long Tied, long NonFinite)
    {
        /// <summary>All draws.</summary>
        public long Draws => Counts.Sum() + Tied + NonFinite;

        /// <summary>Whether all are finite, and so few are tied that they do not matter.</summary>
        public bool Decides => NonFinite == 0 && Tied * 100 <= Draws;
    }

    /// <inheritdoc/>
    public void Dispose() => _classifier.Dispose();
}
