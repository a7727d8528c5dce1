using Apex.Models;
using Apex.Noise;
using Apex.Sites;

namespace Apex.Probing;

/// <summary>
/// Perturbs several inputs with the same noise: draw k uses one xi for all of them. What the logits then do together, from draw to draw, is what
/// the network does with a direction of its activations whatever the input is.
/// </summary>
public sealed class SharedNoise
{
    private readonly IClassifier _classifier;
    private readonly IReadOnlyList<ModelSample> _inputs;
    private readonly float[] _scales;
    private readonly int _threads;

    /// <summary>Measures c_l = rms(a_l) of every site on the inputs, so that noise is relative to each site's activations.</summary>
    /// <param name="classifier">The network; it must outlive this.</param>
    /// <param name="inputs">At least two.</param>
    /// <param name="threads">Worker threads; 0 for one for each core. Results do not depend on it.</param>
    /// <exception cref="InvalidInputException">An activation or logit of the clean network is not finite.</exception>
    public SharedNoise(IClassifier classifier, IReadOnlyList<ModelSample> inputs, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs.Count, 2);
        (_classifier, _inputs, _threads) = (classifier, inputs, threads > 0 ? threads : Environment.ProcessorCount);
        _scales = new float[classifier.Sites.Count];
        var squares = new double[_scales.Length];
        using var clean = classifier.OpenClean(classifier.Sites);
        foreach (var input in inputs)
        {
            var result = clean.Run(input);
            for (int s = 0; s < squares.Length; s++)
            {
                double sum = 0;
                foreach (float a in result.Activations[s])
                    sum += (double)a * a;
                squares[s] += sum / result.Activations[s].Length / inputs.Count;
            }
        }

        for (int s = 0; s < squares.Length; s++)
        {
            _scales[s] = (float)Math.Sqrt(squares[s]);
            if (!float.IsFinite(_scales[s]))
                throw new InvalidInputException($"{classifier.Name}: the activations of site {classifier.Sites[s].Name} are not finite; check the preprocessing");
        }
    }

    /// <summary>Runs all draws of one group of sites.</summary>
    /// <param name="group">The sites that get noise together.</param>
    /// <param name="sigmas">Noise levels in units of each site's rms.</param>
    /// <param name="draws">N, draws at each level.</param>
    /// <param name="seed">Keys the noise.</param>
    /// <param name="progress">Told after each draw.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    public SharedNoiseResponse Run(
        SiteGroup group, IReadOnlyList<double> sigmas, int draws, ulong seed, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        int rows = _classifier.FixedBatch ?? sigmas.Count, classes = _classifier.Classes;
        var first = new double[sigmas.Count][][];
        var second = new double[sigmas.Count][][];
        for (int s = 0; s < sigmas.Count; s++)
            (first[s], second[s]) = (new double[draws][], new double[draws][]);
        var nonFinite = new long[draws];
        long done = 0;
        using var perturbed = _classifier.OpenPerturbed(group.Sites, rows, 1);
        Parallel.For(0, draws, new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken },
            perturbed.CreatePass,
            (draw, _, pass) =>
            {
                for (int slot = 0; slot < group.Sites.Count; slot++)
                    GaussianNoise.Fill(new NoiseKey(seed, 0, draw, group.Sites[slot].Index), pass.Noise(slot, 0));
                for (int from = 0; from < sigmas.Count; from += rows)
                    nonFinite[draw] += Draw(pass, group, sigmas, from, draw, first, second, classes, cancellationToken);
                progress?.Report(new ProbeProgress(group.Name, Interlocked.Increment(ref done), draws, done * _inputs.Count * sigmas.Count));
                return pass;
            },
            pass => pass.Dispose());
        return new SharedNoiseResponse(group, sigmas, _inputs.Count, draws, first, second, nonFinite.Sum());
    }

    /// <summary>One draw at as many levels as a pass has rows: every input in turn, with the noise that the pass holds.</summary>
    private long Draw(
        IPerturbedPass pass, SiteGroup group, IReadOnlyList<double> sigmas, int from, int draw, double[][][] first, double[][][] second, int classes, CancellationToken cancellationToken)
    {
        var scales = new float[group.Sites.Count * pass.Rows];
        for (int slot = 0; slot < group.Sites.Count; slot++)
        {
            float scale = _scales[_classifier.Sites.Index().First(s => s.Item.Index == group.Sites[slot].Index).Index];
            for (int row = 0; row < pass.Rows; row++)
                scales[slot * pass.Rows + row] = (float)(sigmas[Math.Min(from + row, sigmas.Count - 1)] * scale);
        }

        int levels = Math.Min(pass.Rows, sigmas.Count - from);
        for (int s = from; s < from + levels; s++)
            (first[s][draw], second[s][draw]) = (new double[classes], new double[classes]);
        var noises = new int[pass.Rows];
        long nonFinite = 0;
        for (int i = 0; i < _inputs.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            pass.SetInput(_inputs[i]);
            var logits = pass.Run(scales, noises);
            // Every other input: halves that share nothing but the noise.
            var half = i % 2 == 0 ? first : second;
            int size = i % 2 == 0 ? (_inputs.Count + 1) / 2 : _inputs.Count / 2;
            for (int level = 0; level < levels; level++)
            {
                var scores = logits.Slice(level * classes, classes);
                double mean = 0;
                foreach (float score in scores)
                    mean += score;
                mean /= classes;
                if (!double.IsFinite(mean))
                    nonFinite++;
                for (int c = 0; c < classes; c++)
                    half[from + level][draw][c] += (scores[c] - mean) / size;
            }
        }

        return nonFinite;
    }
}

/// <summary>Mean logits of two halves of the inputs under the same noise, draw by draw.</summary>
/// <param name="Group">The perturbed sites.</param>
/// <param name="Sigmas">Noise levels in units of each site's rms.</param>
/// <param name="Inputs">Inputs in both halves together.</param>
/// <param name="Draws">N.</param>
/// <param name="First">Mean over the inputs of the first half of s_c less its mean over classes, shape <c>[sigmas][draws][classes]</c>.</param>
/// <param name="Second">The same over the other half.</param>
/// <param name="NonFinite">Passes with a logit that was not finite.</param>
public sealed record SharedNoiseResponse(
    SiteGroup Group, IReadOnlyList<double> Sigmas, int Inputs, int Draws, IReadOnlyList<double[][]> First, IReadOnlyList<double[][]> Second, long NonFinite);
