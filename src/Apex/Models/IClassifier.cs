using Apex.Sites;

namespace Apex.Models;

/// <summary>
/// A trained classifier whose hidden activations can be read and perturbed. This is the seam between the method and whatever
/// runs the network: ONNX Runtime on any execution provider today, another framework by another implementation.
/// </summary>
public interface IClassifier : IDisposable
{
    /// <summary>Where the model came from, e.g. the file's path.</summary>
    string Name { get; }

    /// <summary>The input that samples are fed to; of several the first, which is the one that input noise is on.</summary>
    ClassifierInput Input { get; }

    /// <summary>All inputs, <see cref="Input"/> first; a sample has a tensor for each.</summary>
    IReadOnlyList<ClassifierInput> Inputs => [Input];

    /// <summary>C, the number of classes (logits); at least 2.</summary>
    int Classes { get; }

    /// <summary>Site 0 first (absent where the input is integer tokens), then the hidden sites 1..L in topological order.</summary>
    IReadOnlyList<Site> Sites { get; }

    /// <summary>Why there is no hidden site, in words that follow "no hidden site:"; null where there is one, or nobody knows.</summary>
    string? WithoutSites => null;

    /// <summary>Where it came from, as far as its backend tells.</summary>
    ModelProvenance Provenance => new();

    /// <summary>
    /// What tells this network from any other, e.g. <c>sha256:hex</c> over its file or its weights; null where the backend cannot say, and no run of it can be
    /// written then. It may read the whole network.
    /// </summary>
    string? Hash() => null;

    /// <summary>The batch size that the graph insists on, or null where it takes any.</summary>
    int? FixedBatch { get; }

    /// <summary>
    /// The clean network, run one sample at a time, with the activations of some sites kept.
    /// </summary>
    /// <param name="observed">Sites whose activations are wanted; may be empty.</param>
    ICleanPass OpenClean(IReadOnlyList<Site> observed);

    /// <summary>
    /// The network with noise inputs at some sites.
    /// </summary>
    /// <param name="perturbed">The sites that get noise; at least one.</param>
    /// <param name="rows">Batch rows of every pass; must equal <see cref="FixedBatch"/> where that is set.</param>
    /// <param name="noises">Noises that a pass holds for its rows to share; 0 for one a row.</param>
    IPerturbedClassifier OpenPerturbed(IReadOnlyList<Site> perturbed, int rows, int noises = 0);
}

/// <summary>The tensor that a classifier reads.</summary>
/// <param name="Name">Name in the graph.</param>
/// <param name="Kind">Image, vector (any other real tensor) or integer tokens.</param>
/// <param name="ElementType">The graph's own element type, e.g. <c>Float</c>, <c>Int64</c>.</param>
/// <param name="Shape">Shape of one sample, without the batch axis.</param>
/// <param name="Layout">Axis order of an image, or null for other inputs.</param>
public sealed record ClassifierInput(string Name, InputKind Kind, string ElementType, int[] Shape, ImageLayout? Layout)
{
    /// <summary>Number of elements of one sample.</summary>
    public int Elements => Shape.Aggregate(1, (product, d) => checked(product * d));

    /// <summary>Whether it reads bytes: pixels as they are.</summary>
    internal bool IsByte => ElementType == "UInt8";

    /// <summary>Whether it reads floating-point numbers, in which noise can grow without bound.</summary>
    internal bool IsReal => ElementType is "Float" or "Float16" or "Double";
}

/// <summary>What a classifier reads.</summary>
public enum InputKind
{
    /// <summary>An image, <c>[C, H, W]</c> or <c>[H, W, C]</c>.</summary>
    Image,

    /// <summary>Real numbers of any other shape.</summary>
    Vector,

    /// <summary>Integer tokens, <c>[length]</c>.</summary>
    Tokens,
}

/// <summary>Axis order of an image batch.</summary>
public enum ImageLayout
{
    /// <summary>Channels before rows and columns, PyTorch's order.</summary>
    NCHW,

    /// <summary>Channels last, TensorFlow's order.</summary>
    NHWC,
}
