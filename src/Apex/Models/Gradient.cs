using Apex.Sites;

namespace Apex.Models;

/// <summary>
/// Exact gradients of a scalar of a network's logits with respect to its input and its activations, by one forward and one backward pass for a batch of
/// samples:
/// <code>
/// using var gradient = classifier.Gradient(GradientTarget.Margin);
/// float[] saliency = gradient.At(sample).Sites[0];
/// </code>
/// A derivative with respect to a site is total: through everything behind the site. Safe to call from several threads.
/// </summary>
public sealed class Gradient : IDisposable
{
    private const int MostRows = 64;

    private readonly IDifferentiableClassifier _classifier;
    private readonly Dictionary<int, IGradientPass> _passes = [];
    private readonly Lock _opening = new();
    private bool _isDisposed;

    internal Gradient(IClassifier classifier, GradientTarget target, IReadOnlyList<Site> sites, double clip)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        if (!Enum.IsDefined(target))
            throw new ArgumentOutOfRangeException(nameof(target), target, "one of Logit, Margin, ClippedMargin, CrossEntropy");
        if (!(clip > 0) || !double.IsFinite(clip))
            throw new ArgumentOutOfRangeException(nameof(clip), clip, "finite and above 0");
        _classifier = classifier as IDifferentiableClassifier
            ?? throw new InvalidInputException($"{classifier.Name}: has no gradients; give it as an ONNX file or a TorchSharp module");
        Sites = sites.Count > 0 ? [.. sites]
            : [classifier.Sites.FirstOrDefault(s => s.IsInput)
                ?? throw new InvalidInputException($"{classifier.Name}: its input has no gradient: it reads tokens; name hidden sites")];
        (Target, Clip) = (target, clip);
        // A network that cannot be differentiated is refused here, not at the first sample.
        Pass(classifier.FixedBatch ?? 1);
    }

    /// <summary>The scalar that is differentiated.</summary>
    public GradientTarget Target { get; }

    /// <summary>What it is differentiated by.</summary>
    public IReadOnlyList<Site> Sites { get; }

    /// <summary>S of <see cref="GradientTarget.ClippedMargin"/>.</summary>
    public double Clip { get; }

    /// <summary>The gradients at one sample.</summary>
    /// <param name="sample">The preprocessed sample.</param>
    /// <param name="label">The class that the scalar is about, 0 to C - 1; null for the one that is predicted.</param>
    /// <exception cref="ArgumentException">The sample has another number of elements than the network reads, or there is no such class.</exception>
    public SampleGradient At(ModelSample sample, int? label = null) => At([sample], label is { } one ? [one] : null)[0];

    /// <summary>The gradients at samples, 64 of them in one pass.</summary>
    /// <param name="samples">The preprocessed samples.</param>
    /// <param name="labels">The class of each that the scalar is about, 0 to C - 1; null for those that are predicted.</param>
    /// <returns>One for each of <paramref name="samples"/>, in their order.</returns>
    /// <exception cref="ArgumentException">
    /// A sample has another number of elements than the network reads, there are other numbers of labels and samples, or there is no such class.
    /// </exception>
    public IReadOnlyList<SampleGradient> At(IReadOnlyList<ModelSample> samples, IReadOnlyList<int>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (labels is not null && labels.Count != samples.Count)
            throw new ArgumentException($"{labels.Count} labels of {samples.Count} samples", nameof(labels));
        foreach (int label in labels ?? [])
        {
            if (label < 0 || label >= _classifier.Classes)
                throw new ArgumentException($"class {label} of {_classifier.Classes}", nameof(labels));
        }

        var found = new SampleGradient[samples.Count];
        int rows = _classifier.FixedBatch ?? (samples.Count < MostRows ? 1 : MostRows);
        for (int from = 0; from < samples.Count;)
        {
            // Many at a time, and what is left over one by one: a graph is opened for each number of rows.
            if (_classifier.FixedBatch is null && samples.Count - from < rows)
                rows = 1;
            var pass = Pass(rows);
            int count = Math.Min(pass.Rows, samples.Count - from);
            var sites = new float[Sites.Count][][];
            float[] values = pass.Run([.. samples.Skip(from).Take(count)], labels?.Skip(from).Take(count).ToArray(), (slot, gradients) =>
            {
                int elements = gradients.Length / count;
                sites[slot] = new float[count][];
                for (int row = 0; row < count; row++)
                    sites[slot][row] = gradients.Slice(row * elements, elements).ToArray();
            });
            for (int row = 0; row < count; row++)
                found[from + row] = new SampleGradient(values[row], [.. sites.Select(s => s[row])]);
            from += count;
        }

        return found;
    }

    private IGradientPass Pass(int rows)
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_passes.TryGetValue(rows, out var pass))
                _passes[rows] = pass = _classifier.OpenGradient(Target, Sites, rows, Clip);
            return pass;
        }
    }

    /// <summary>Frees what it opened; the classifier stays the caller's.</summary>
    public void Dispose()
    {
        lock (_opening)
        {
            _isDisposed = true;
            foreach (var pass in _passes.Values)
                pass.Dispose();
            _passes.Clear();
        }
    }
}

/// <summary>The gradients of a scalar at one sample.</summary>
/// <param name="Value">The scalar itself.</param>
/// <param name="Sites">
/// d value / d a_l of each of <see cref="Gradient.Sites"/>, in their order, each of shape <see cref="Site.Shape"/>, row-major; of the input in the units
/// that the network reads.
/// </param>
public sealed record SampleGradient(float Value, IReadOnlyList<float[]> Sites);

/// <summary>Gradients of classifiers.</summary>
public static class GradientExtensions
{
    /// <summary>Opens the gradients of a scalar of the logits, as <c>torch.autograd.grad</c> gives them of a PyTorch module.</summary>
    /// <param name="classifier">An ONNX network or a TorchSharp module; it must outlive the result.</param>
    /// <param name="target">The scalar. Default: the margin of the class over the best other.</param>
    /// <param name="sites">What it is differentiated by, of <see cref="IClassifier.Sites"/>; the input where none is given.</param>
    /// <param name="clip">S of <see cref="GradientTarget.ClippedMargin"/>, finite and above 0; the others do not read it.</param>
    /// <exception cref="InvalidInputException">
    /// The classifier has no gradients, something behind the sites cannot be differentiated (it is named), or the input of a token model is asked for.
    /// </exception>
    public static Gradient Gradient(
        this IClassifier classifier, GradientTarget target = GradientTarget.Margin, IReadOnlyList<Site>? sites = null, double clip = 1) =>
        new(classifier, target, sites ?? [], clip);
}
