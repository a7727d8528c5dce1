using Apex.Facts;
using Apex.Models;
using Apex.Probing;

namespace Apex.Experiments;

/// <summary>The first order of small noise: of each sample the squared gradients of its clean margin at the input and every site.</summary>
internal sealed class FirstOrderProbe : IDisposable
{
    private const int FewestDraws = 60;

    private readonly IGradientPass _pass;
    private readonly int _sites;

    /// <summary>Opens the backward pass of a network.</summary>
    /// <param name="classifier">The network; it must outlive the probe.</param>
    /// <exception cref="InvalidInputException">It has no gradients, or none through one of its operators.</exception>
    public FirstOrderProbe(IClassifier classifier)
    {
        if (classifier is not IDifferentiableClassifier differentiable)
            throw new InvalidInputException($"`FirstOrder`: {classifier.Name}: has no gradients; give it as an ONNX file or a TorchSharp module");
        _sites = classifier.Sites.Count;
        // One sample a pass: what is kept of it then depends on no other, and is found as fast.
        _pass = differentiable.OpenGradient(GradientTarget.Margin, classifier.Sites, classifier.FixedBatch ?? 1, squared: true);
    }

    /// <summary>Opens it where it is worth its while: one forward and one backward pass are about three clean ones, under a twentieth of 60 draws.</summary>
    /// <param name="classifier">The network; it must outlive the probe.</param>
    /// <param name="plan">The run's.</param>
    /// <returns>Null where a sample gets fewer draws, the noise is not on sites, or there are no gradients.</returns>
    public static FirstOrderProbe? Where(IClassifier classifier, ProbePlan plan)
    {
        if (plan.Space == NoiseSpace.Parameter || plan.Sigmas.Count * (long)plan.Draws < FewestDraws || classifier is not IDifferentiableClassifier)
            return null;
        try
        {
            return new FirstOrderProbe(classifier);
        }
        catch (InvalidInputException)
        {
            // An operator without a rule: the run goes on without, as it would have.
            return null;
        }
    }

    /// <summary>Indices of the sites, in the order of the gradients.</summary>
    public static IReadOnlyList<int> SitesOf(IClassifier classifier) => [.. classifier.Sites.Select(s => s.Index)];

    /// <summary>The squared gradients of samples, shape <c>[sites]</c> each, in their order.</summary>
    /// <param name="samples">The samples, streamed.</param>
    public IEnumerable<float[]> Run(IEnumerable<ProbeSample> samples)
    {
        foreach (var sample in samples)
        {
            var squares = new float[_sites];
            _pass.Run([sample.Input], null, (slot, found) => squares[slot] = found[0]);
            yield return squares;
        }
    }

    public void Dispose() => _pass.Dispose();
}
