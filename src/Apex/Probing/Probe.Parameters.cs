using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Apex.Facts;
using Apex.Models;

namespace Apex.Probing;

public sealed partial class Probe
{
    /// <summary>Numbers that a block of samples may hold: inputs, readouts and logits on their way.</summary>
    private const long NumbersPerBlock = 1 << 26;

    /// <summary>The same where memory is short.</summary>
    private const long LeanNumbersPerBlock = 1 << 22;

    /// <summary>
    /// Samples that share a perturbed network. More gain little once opening the network is cheap beside running them; fewer are kept sooner
    /// when a run is stopped.
    /// </summary>
    private const int MostPerBlock = 256;

    /// <summary>
    /// Parameter noise: samples are taken in blocks, all draws and sigmas run over one block before the next, and the noise is made anew
    /// for each block, so that memory does not grow with the data.
    /// </summary>
    private async IAsyncEnumerable<SampleObservation> RunParametersAsync(
        string phase, ProbePlan plan, IEnumerable<ProbeSample> samples, IProgress<ProbeProgress>? progress, long total,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var classifier = Parametric(_classifier);
        using var clean = classifier.OpenClean([]);
        var stream = OrderedPipeline.RunAsync(samples, ProbeSample.Title, Threads, () => new CleanWorker(clean), cancellationToken);
        await using var read = stream.GetAsyncEnumerator(cancellationToken);
        long done = 0;
        for (int size = BlockSize(plan); ;)
        {
            var block = new List<ProbeSample>();
            var readouts = new List<SampleReadouts>();
            ExceptionDispatchInfo? failure = null;
            try
            {
                while (block.Count < size && await read.MoveNextAsync())
                {
                    var (sample, logits) = read.Current;
                    block.Add(sample);
                    readouts.Add(new SampleReadouts(sample.Id, sample.Label, logits, plan.Sigmas.Count, plan.Draws));
                }
            }
            catch (InvalidInputException error)
            {
                // The samples before the bad one are good: they are finished first.
                failure = ExceptionDispatchInfo.Capture(error);
            }

            if (block.Count > 0)
                await ProbeBlockAsync(phase, plan, classifier, new SampleBlock(block, plan.Rows), readouts, progress, done, total, cancellationToken);
            foreach (var sample in readouts)
            {
                done++;
                yield return sample.Observation();
            }

            failure?.Throw();
            if (block.Count < size)
                yield break;
        }
    }

    private async Task ProbeBlockAsync(
        string phase, ProbePlan plan, IParametricClassifier classifier, SampleBlock block, List<SampleReadouts> readouts,
        IProgress<ProbeProgress>? progress, long before, long total,
        CancellationToken cancellationToken)
    {
        int classes = classifier.Classes, sigmas = plan.Sigmas.Count;
        long settings = (long)plan.Draws * sigmas, seen = 0;
        var work = Enumerable.Range(0, plan.Draws).SelectMany(draw => Enumerable.Range(0, sigmas).Select(sigma => new ParameterWorker.Setting(draw, sigma)));
        float[] softmax = new float[classes];
        var results = OrderedPipeline.RunAsync(
            work, setting => $"draw {setting.Draw} at sigma {plan.Sigmas[setting.Sigma]:g4}", Threads,
            () => new ParameterWorker(plan, block, _options.Perturbation, classifier.OpenParameters(plan.Rows), classes), cancellationToken);
        await foreach (float[] logits in results)
        {
            var (draw, sigma) = Math.DivRem(seen, sigmas);
            for (int i = 0; i < readouts.Count; i++)
                readouts[i].Add((int)draw, (int)sigma, logits.AsSpan(i * classes, classes), softmax);
            seen++;
            // The block's samples end together; until then passes stand for the samples that they would have finished.
            long passes = before * settings + seen * readouts.Count;
            progress?.Report(new ProbeProgress(phase, passes / settings, total, passes));
        }
    }

    private int BlockSize(ProbePlan plan)
    {
        int classes = _classifier.Classes;
        // Counts, a softmax sum of twice their size and the moments; then the logits that workers hold or have handed on.
        long each = _classifier.Inputs.Sum(i => (long)i.Elements) + (3L * classes + 8) * plan.Sigmas.Count + 2L * plan.Draws + 5L * Threads * classes;
        return (int)Math.Clamp((_memory is null ? NumbersPerBlock : LeanNumbersPerBlock) / each, 1, MostPerBlock);
    }

    /// <summary>Bytes of a worker of parameter noise: the noise, the weights that it makes, and activations as in a worker of site noise.</summary>
    private long ParameterWorkerBytes
    {
        get
        {
            long largest = _classifier.Sites.Select(s => (long)s.Elements).Concat(_classifier.Inputs.Select(i => (long)i.Elements)).Max();
            return sizeof(float) * (2 * _parameters.Sum(p => (long)p.Elements) + ActivationsAtOnce * RowsFor(_options.Draws, 1) * largest);
        }
    }

    private static IParametricClassifier Parametric(IClassifier classifier)
    {
        if (classifier is not IParametricClassifier parametric)
            throw new InvalidInputException($"{classifier.Name}: what runs this model cannot perturb parameters; probe its activations");
        int count = parametric.Parameters.Count;
        if (count is 0 or > Noise.NoiseKey.MostParameters)
            throw new InvalidInputException(
                $"{classifier.Name}: " +
                $"{(count == 0 ? "has no trained parameter on a path to its logits" : $"has {count} parameters, more than {Noise.NoiseKey.MostParameters}")}");
        return parametric;
    }
}
