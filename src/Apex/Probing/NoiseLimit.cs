using Apex.Models;
using Apex.Models.Onnx;
using Apex.Sites;

namespace Apex.Probing;

/// <summary>
/// p_inf, the distribution of predictions in the limit of infinite noise (METHOD section 3). It needs no data:
/// <code>
/// using var limit = NoiseLimit.Of(OnnxModel.Load("resnet20.onnx"));
/// var bias = ClassBias.Of(await limit.CountAsync(limit.Groups[0], draws: 10_000));
/// </code>
/// </summary>
public sealed class NoiseLimit : IDisposable
{
    /// <summary>Draws of one unit of work: the noise of draw k is that of draw k mod 100 of sample k / 100.</summary>
    private const int Block = 100;

    private readonly OnnxClassifier _classifier;

    private NoiseLimit(OnnxClassifier classifier)
    {
        _classifier = classifier;
        Groups = SiteGroup.Of(classifier.Sites);
    }

    /// <summary>All hidden sites first, then the early, middle and late ones and the input.</summary>
    public IReadOnlyList<SiteGroup> Groups { get; }

    /// <summary>C.</summary>
    public int Classes => _classifier.Classes;

    /// <summary>The network in the limit.</summary>
    public IClassifier Classifier => _classifier;

    /// <summary>Rewrites a model into its limit.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sampleShape">Shape of one sample where the graph leaves it free.</param>
    /// <exception cref="InvalidInputException">An operator of the model has no limit, or the model cannot be run.</exception>
    public static NoiseLimit Of(OnnxModel model, IReadOnlyList<int>? sampleShape = null) => new(OnnxClassifier.Bind(model.Limit(), sampleShape));

    /// <summary>Counts predictions over draws of the noise.</summary>
    /// <param name="group">The sites that get noise, each with c_l = 1; everything else vanishes.</param>
    /// <param name="draws">N, rounded up to a multiple of 100.</param>
    /// <param name="seed">Keys the noise.</param>
    /// <param name="threads">Worker threads; 0 for one for each core. Results do not depend on it.</param>
    /// <param name="progress">Told after every hundred draws.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <returns>Draws that fell on each class, shape <c>[classes]</c>.</returns>
    /// <exception cref="InvalidInputException">The noise of these sites does not reach the logits in the limit, because bounded activations lie behind them.</exception>
    public async Task<long[]> CountAsync(
        SiteGroup group, int draws, ulong seed = 0, int threads = 0, IProgress<ProbeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        int blocks = (draws + Block - 1) / Block;
        var probe = new Probe(_classifier, new ProbeOptions { Sites = [.. group.Sites.Select(s => s.IsInput ? "input" : s.Name)], Sigmas = [1], Draws = Block, Seed = seed, Threads = threads });
        var nothing = _classifier.Input.Kind == InputKind.Tokens ? new ModelSample([], new long[_classifier.Input.Elements]) : new ModelSample(new float[_classifier.Input.Elements], []);
        var samples = Enumerable.Range(0, blocks).Select(b => new ProbeSample(b, null, nothing));
        var plan = await probe.PlanAsync(samples, cancellationToken: cancellationToken);
        var counts = new long[Classes];
        bool reached = false;
        await foreach (var block in probe.RunAsync(group.Name, plan, samples, progress, blocks, cancellationToken))
        {
            var at = block.Sigmas[0];
            reached |= at.MarginMean != 0 || at.MarginVariance != 0;
            if (at.NonFinite > 0)
                throw new InvalidInputException($"{_classifier.Name}: the limit of infinite noise overflows: {at.NonFinite} of {Block} draws have a logit that is not finite");
            for (int c = 0; c < counts.Length; c++)
                counts[c] += at.Counts[c];
        }

        return reached ? counts : throw new InvalidInputException(
            $"{_classifier.Name}: in the limit of infinite noise nothing of the noise on the {group.Name} sites reaches the logits: bounded activations lie behind them");
    }

    /// <inheritdoc/>
    public void Dispose() => _classifier.Dispose();
}
