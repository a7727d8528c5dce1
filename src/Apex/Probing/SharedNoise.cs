using System.Numerics.Tensors;
using Apex.Models;
using Apex.Noise;
using Apex.Sites;

namespace Apex.Probing;

/// <summary>
/// Perturbs several inputs with the same noise: draw k uses one xi for all of them. What the logits then do together, from draw to draw, is what
/// the network does with a direction of its activations whatever the input is.
/// </summary>
internal sealed class SharedNoise
{
    /// <summary>Values of all directions that are held at once: 128 MiB.</summary>
    private const long MostDirectionValues = 1 << 25;

    private readonly IClassifier _classifier;
    private readonly IReadOnlyList<ModelSample> _inputs;
    private readonly float[] _scales;
    private readonly double _spread;
    private readonly int _threads;

    private delegate void Fill(int pattern, int slot, Span<float> noise);

    private delegate void See(int pattern, int input, int level, ReadOnlySpan<float> logits);

    /// <summary>Measures c_l = rms(a_l) of every site on the inputs, so that noise is relative to each site's activations.</summary>
    /// <param name="classifier">The network; it must outlive this.</param>
    /// <param name="inputs">At least two.</param>
    /// <param name="threads">Worker threads; 0 for one for each core. Results do not depend on it.</param>
    /// <exception cref="InvalidInputException">An activation or logit of the clean network is not finite.</exception>
    public SharedNoise(IClassifier classifier, IReadOnlyList<ModelSample> inputs, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs.Count, 2);
        (_classifier, _inputs, _threads) = (classifier, inputs, threads);
        _scales = new float[classifier.Sites.Count];
        var squares = new double[_scales.Length];
        double spread = 0;
        using var clean = classifier.OpenClean(classifier.Sites);
        foreach (var input in inputs)
        {
            var result = clean.Run(input);
            double mean = 0;
            foreach (float logit in result.Logits)
                mean += logit / (double)classifier.Classes;
            foreach (float logit in result.Logits)
                spread += (logit - mean) * (logit - mean) / classifier.Classes / inputs.Count;
            for (int s = 0; s < squares.Length; s++)
            {
                double sum = 0;
                foreach (float a in result.Activations[s])
                    sum += (double)a * a;
                squares[s] += sum / result.Activations[s].Length / inputs.Count;
            }
        }

        _spread = Math.Sqrt(spread);
        if (!double.IsFinite(_spread))
            throw new InvalidInputException($"{classifier.Name}: clean logits are not finite; check the preprocessing");
        if (_spread == 0)
            throw new InvalidInputException($"{classifier.Name}: all classes have the same clean logit on every input; there is nothing to measure against");
        for (int s = 0; s < squares.Length; s++)
        {
            _scales[s] = (float)Math.Sqrt(squares[s]);
            if (!float.IsFinite(_scales[s]))
                throw new InvalidInputException(
                    $"{classifier.Name}: the activations of site {classifier.Sites[s].Name} are not finite; check the preprocessing");
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
        SiteGroup group, IReadOnlyList<double> sigmas, int draws, ulong seed, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        int classes = _classifier.Classes;
        double[][][] Empty() => [.. sigmas.Select(_ => Enumerable.Range(0, draws).Select(_ => new double[classes]).ToArray())];
        double[][][] first = Empty(), second = Empty();
        void FillDraw(int draw, int slot, Span<float> noise) => GaussianNoise.Fill(new NoiseKey(seed, 0, draw, group.Sites[slot].Index), noise);
        Each(group, sigmas, _inputs, draws, FillDraw, (draw, input, level, logits) =>
        {
            // Every other input: halves that share nothing but the noise.
            double[] sum = (input % 2 == 0 ? first : second)[level][draw];
            int size = input % 2 == 0 ? (_inputs.Count + 1) / 2 : _inputs.Count / 2;
            double mean = 0;
            foreach (float score in logits)
                mean += score / (double)classes;
            for (int c = 0; c < classes; c++)
                sum[c] += (logits[c] - mean) / size;
        }, new Part(0, draws), progress, cancellationToken);
        return new SharedNoiseResponse(group, sigmas, _inputs.Count, draws, seed, first, second);
    }

    /// <summary>
    /// How far the direction that moves a class most pushes other inputs towards it. The direction is the regression of the class's mean centred logit
    /// on the shared noise, u_c = sum over draws of xi_k (m_c(k) - mean), scaled to rms 1: what the draws know of the gradient at the perturbed sites that all
    /// inputs have in common.
    /// </summary>
    /// <param name="response">What <see cref="Run"/> found.</param>
    /// <param name="level">Index of the level that the direction is taken from.</param>
    /// <param name="others">Inputs that the direction was not found on.</param>
    /// <param name="progress">Told after each class.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>
    /// Mean over the other inputs of s_c less the largest other logit under sigma c_l u_c, in units of the rms of the clean centred logits; shape
    /// <c>[classes][sigmas]</c>.
    /// </returns>
    public double[][] Push(
        SharedNoiseResponse response, int level, IReadOnlyList<ModelSample> others, IProgress<ProbeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        int classes = _classifier.Classes;
        double[][] means = [.. response.First[level].Zip(response.Second[level], (a, b) => a.Zip(b, (x, y) => (x + y) / 2).ToArray())];
        double[] middle = [.. Enumerable.Range(0, classes).Select(c => means.Average(m => m[c]))];
        double[][] pushes = [.. Enumerable.Range(0, classes).Select(_ => new double[response.Sigmas.Count])];
        // As many directions at once as memory allows, because each block draws all of the noise again.
        int block = (int)Math.Clamp(MostDirectionValues / response.Group.Sites.Sum(site => (long)site.Elements), 1, classes);
        for (int from = 0; from < classes; from += block)
        {
            int offset = from, count = Math.Min(block, classes - from);
            double[][] weights = [.. means.Select(m => Enumerable.Range(offset, count).Select(c => m[c] - middle[c]).ToArray())];
            float[][][] directions = Directions(response, weights, count, cancellationToken);
            Each(response.Group, response.Sigmas, others, count, (pattern, slot, noise) => directions[pattern][slot].CopyTo(noise), (pattern, _, s, logits) =>
            {
                int c = offset + pattern;
                double rival = double.NegativeInfinity;
                for (int other = 0; other < classes; other++)
                    rival = other == c ? rival : Math.Max(rival, logits[other]);
                pushes[c][s] += (logits[c] - rival) / _spread / others.Count;
            }, new Part(offset, classes), progress, cancellationToken);
        }

        return pushes;
    }

    /// <summary>Sum over draws of weight times noise, scaled to rms 1 over all sites of the group.</summary>
    /// <param name="response">The draws.</param>
    /// <param name="weights">Shape <c>[draws][directions]</c>.</param>
    /// <param name="count">Directions.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Shape <c>[directions][sites][elements]</c>.</returns>
    private float[][][] Directions(SharedNoiseResponse response, double[][] weights, int count, CancellationToken cancellationToken)
    {
        var sites = response.Group.Sites;
        float[][][] directions = [.. Enumerable.Range(0, count).Select(_ => sites.Select(site => new float[site.Elements]).ToArray())];
        ParallelPasses.Run(sites.Count, _threads, () => 0, (slot, _) =>
        {
            var draw = new float[sites[slot].Elements];
            for (int k = 0; k < response.Draws; k++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                GaussianNoise.Fill(new NoiseKey(response.Seed, 0, k, sites[slot].Index), draw);
                for (int d = 0; d < count; d++)
                    TensorPrimitives.MultiplyAdd(draw, (float)weights[k][d], directions[d][slot], directions[d][slot]);
            }
        }, _ => { }, cancellationToken);
        foreach (float[][] direction in directions)
        {
            double square = 0, elements = 0;
            foreach (float[] part in direction)
            {
                square += TensorPrimitives.SumOfSquares<float>(part);
                elements += part.Length;
            }

            float scale = square > 0 ? (float)Math.Sqrt(elements / square) : 0;
            foreach (float[] part in direction)
                TensorPrimitives.Multiply(part, scale, part);
        }

        return directions;
    }

    /// <summary>Runs every input at every level with each noise pattern, patterns in parallel.</summary>
    private void Each(
        SiteGroup group, IReadOnlyList<double> sigmas, IReadOnlyList<ModelSample> inputs, int patterns, Fill fill, See see, Part part,
        IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        float[] scales = [.. group.Sites.Select(site => _scales[_classifier.Sites.Index().First(s => s.Item.Index == site.Index).Index])];
        long done = part.Before;
        using var perturbed = _classifier.OpenPerturbed(group.Sites, _classifier.FixedBatch ?? sigmas.Count, 1);
        ParallelPasses.Run(patterns, _threads, perturbed.CreatePass, (pattern, pass) =>
        {
            for (int slot = 0; slot < scales.Length; slot++)
                fill(pattern, slot, pass.Noise(slot, 0));
            var noises = new int[pass.Rows];
            var amounts = new float[scales.Length * pass.Rows];
            for (int from = 0; from < sigmas.Count; from += pass.Rows)
            {
                for (int i = 0; i < amounts.Length; i++)
                    amounts[i] = (float)(sigmas[Math.Min(from + i % pass.Rows, sigmas.Count - 1)] * scales[i / pass.Rows]);
                for (int i = 0; i < inputs.Count; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    pass.SetInput(inputs[i]);
                    var logits = pass.Run(amounts, noises);
                    for (int level = from; level < Math.Min(from + pass.Rows, sigmas.Count); level++)
                        see(pattern, i, level, logits.Slice((level - from) * _classifier.Classes, _classifier.Classes));
                }
            }

            long now = Interlocked.Increment(ref done);
            progress?.Report(new ProbeProgress(group.Name, now, part.Total, now * inputs.Count * sigmas.Count));
        }, pass => pass.Dispose(), cancellationToken);
    }

    /// <summary>Which part of all patterns a call does, for the progress.</summary>
    private readonly record struct Part(long Before, long Total);
}

/// <summary>Mean logits of two halves of the inputs under the same noise, draw by draw. What is not finite in a pass is not finite here.</summary>
/// <param name="Group">The perturbed sites.</param>
/// <param name="Sigmas">Noise levels in units of each site's rms.</param>
/// <param name="Inputs">Inputs in both halves together.</param>
/// <param name="Draws">N.</param>
/// <param name="Seed">Keyed the noise.</param>
/// <param name="First">Mean over the inputs of the first half of s_c less its mean over classes, shape <c>[sigmas][draws][classes]</c>.</param>
/// <param name="Second">The same over the other half.</param>
internal sealed record SharedNoiseResponse(
    SiteGroup Group, IReadOnlyList<double> Sigmas, int Inputs, int Draws, ulong Seed, IReadOnlyList<double[][]> First, IReadOnlyList<double[][]> Second);
