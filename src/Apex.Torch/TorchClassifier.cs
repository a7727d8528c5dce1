using Apex.Models;
using Apex.Sites;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>
/// A TorchSharp module as a classifier that can be probed:
/// <code>
/// using var model = TorchClassifier.Wrap(network, [3, 32, 32]);
/// var probe = new Probe(model, new ProbeOptions { Draws = 64 });
/// await foreach (var observation in probe.RunAsync(samples))
///     Console.WriteLine($"{observation.SampleId}: {observation.CleanMargin}");
/// </code>
/// Its sites are the non-linearities among its modules, in the order in which they run, named by their paths; one that runs several times
/// in a pass is a site each time (<c>relu</c>, <c>relu#2</c>, ...).
/// </summary>
/// <remarks>
/// Hooks find modules only: an activation that a <c>forward</c> computes by a function of a tensor is out of their sight, and so is a module whose
/// <c>forward</c> is called in place of its <c>call</c>.
/// </remarks>
public sealed class TorchClassifier : IClassifier, IDifferentiableClassifier
{
    private readonly Module<Tensor, Tensor> _module;
    private readonly ActivationHooks _hooks;
    private readonly TorchCall[] _calls;

    private TorchClassifier(Module<Tensor, Tensor> module, string name, ClassifierInput input, ActivationHooks hooks, TorchDryRun run)
    {
        (_module, _hooks, _calls) = (module, hooks, run.Calls);
        (Name, Input, Classes, Sites) = (name, input, run.Classes, run.Sites);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ClassifierInput Input { get; }

    /// <inheritdoc/>
    public int Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Site> Sites { get; }

    /// <summary>Any batch will do.</summary>
    public int? FixedBatch => null;

    /// <inheritdoc/>
    public ModelProvenance Provenance => new()
    {
        Versions = new Dictionary<string, string> { ["torchsharp"] = typeof(Tensor).Assembly.GetName().Version!.ToString(3) },
        Device = TorchDryRun.DeviceOf(_module).ToString(),
    };

    /// <summary>
    /// SHA-256 over the shape of the input, the number of classes, the types of the modules, the sites, and names, types, shapes and values of parameters
    /// and buffers, as <c>sha256:hex</c>. What <c>forward</c> does between modules is not in it.
    /// </summary>
    public string Hash() => TorchHash.Compute(_module, this);

    /// <summary>
    /// Makes a module a classifier: puts it into eval mode, in which it must stay, and learns its sites and classes by running it on made-up samples.
    /// The module stays the caller's and must outlive the classifier. Where it ends in Softmax, LogSoftmax or Sigmoid, the logits are what that reads.
    /// </summary>
    /// <param name="module">Maps <c>[samples, ...]</c> to logits <c>[samples, classes]</c>; on any device.</param>
    /// <param name="sampleShape">Shape of one sample, without the batch axis.</param>
    /// <param name="options">What the module does not tell itself.</param>
    /// <exception cref="InvalidInputException">The module does not run on such samples, or is no classifier.</exception>
    public static TorchClassifier Wrap(Module<Tensor, Tensor> module, IReadOnlyList<int> sampleShape, TorchOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(module);
        string name = options.Name ?? ModulePaths.NameOf(module);
        if (sampleShape.Count == 0 || sampleShape.Any(d => d < 1))
            throw new InvalidInputException($"{name}: samples of shape [{string.Join(", ", sampleShape)}]; give each axis of one sample, without the batch");
        var input = Describe([.. sampleShape], options);
        var hooked = Hooked(module, name, options.ExtraSites ?? []);
        var hooks = new ActivationHooks(module, hooked.Keys);
        try
        {
            module.eval();
            var run = TorchDryRun.Run(module, name, input, hooks, hooked);
            return options.Classes is { } wanted && wanted != run.Classes
                ? throw new InvalidInputException($"{name}: gives {run.Classes} logits; {wanted} were expected")
                : new TorchClassifier(module, name, input, hooks, run);
        }
        catch
        {
            hooks.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ICleanPass OpenClean(IReadOnlyList<Site> observed) => new TorchCleanPass(this, [.. observed.Select(Place)]);

    /// <inheritdoc/>
    public IPerturbedClassifier OpenPerturbed(IReadOnlyList<Site> perturbed, int rows, int noises = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(noises);
        if (perturbed.Count == 0)
            throw new ArgumentException("choose at least one site", nameof(perturbed));
        return new TorchPerturbedClassifier(this, [.. perturbed.Select(s => (s, Place(s)))], rows, noises == 0 ? rows : noises);
    }

    IGradientPass IDifferentiableClassifier.OpenGradient(GradientTarget target, IReadOnlyList<Site> sites, int rows, double clip, bool squared)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (sites.Count == 0)
            throw new ArgumentException("choose at least one site", nameof(sites));
        if (!(clip > 0))
            throw new ArgumentOutOfRangeException(nameof(clip), clip, "above 0");
        return new TorchGradientPass(this, [.. sites.Select(Place)], target, rows, clip, squared);
    }

    /// <summary>Takes the hooks off the module and leaves it be.</summary>
    public void Dispose() => _hooks.Dispose();

    /// <summary>Where a site is: the number of the call whose output it is; -1 for the input.</summary>
    internal int Place(Site site)
    {
        if (site.IsInput && Sites[0].IsInput)
            return -1;
        int call = Array.FindIndex(_calls, c => c.Site?.Index == site.Index);
        return call >= 0 ? call : throw new ArgumentException($"site {site.Index} is not one of this model's", nameof(site));
    }

    /// <summary>Runs the module on a batch; the caller's dispose scope gets what is made.</summary>
    /// <param name="batch">Shape <c>[rows, ...]</c>.</param>
    /// <param name="visit">Sees the output of each call and says what goes on in its place.</param>
    /// <param name="isRecorded">Whether the way from the batch to the logits is kept for gradients.</param>
    /// <returns>Logits, shape <c>[rows, classes]</c>.</returns>
    internal Tensor Run(Tensor batch, Func<int, TorchCall, Tensor, Tensor> visit, bool isRecorded = false)
    {
        if (_module.training)
            throw new InvalidOperationException($"{Name}: the module was put into training mode; a probe needs eval mode");
        using var mode = isRecorded ? enable_grad() : no_grad();
        int next = 0;
        Tensor? logits = null;
        var result = _hooks.Call(batch, (module, input, output) =>
        {
            int at = next++;
            if (at >= _calls.Length || _calls[at].Module != module)
                throw Wanders();
            if (_calls[at].ReadsLogits)
                logits = input.alias();
            return visit(at, _calls[at], output);
        });
        if (next != _calls.Length)
            throw Wanders();
        return (logits ?? result).reshape(batch.shape[0], Classes);
    }

    /// <summary>A batch of copies of one sample, on the module's device.</summary>
    /// <param name="sample">The preprocessed sample.</param>
    /// <param name="rows">How many copies.</param>
    // Rows of their own: a module that works in place must not write through one to the others.
    internal Tensor Tile(in ModelSample sample, int rows) => Stack([sample]).expand([rows, .. Input.Shape.Select(d => (long)d)]).clone();

    /// <summary>A batch of samples, on the module's device.</summary>
    /// <param name="samples">The preprocessed samples.</param>
    internal Tensor Stack(IReadOnlyList<ModelSample> samples)
    {
        bool isTokens = Input.Kind == InputKind.Tokens;
        foreach (var sample in samples)
        {
            int given = isTokens ? sample.Tokens.Length : sample.Values.Length;
            if (given != Input.Elements)
                throw new ArgumentException($"the sample has {given} elements, the model reads {Input.Elements}");
        }

        long[] shape = [samples.Count, .. Input.Shape.Select(d => (long)d)];
        var values = isTokens ? tensor([.. samples.SelectMany(s => s.Tokens)], shape) : tensor([.. samples.SelectMany(s => s.Values)], shape);
        return values.to(TorchDryRun.DeviceOf(_module));
    }

    private InvalidInputException Wanders() =>
        new($"{Name}: the module runs its non-linearities in another order or number than when it was wrapped; "
            + "control flow that depends on the data cannot be probed");

    private static ClassifierInput Describe(int[] shape, TorchOptions options)
    {
        ImageLayout? found = options.Layout
            ?? (shape.Length != 3 ? null : shape[0] is 1 or 3 or 4 ? ImageLayout.NCHW : shape[2] is 1 or 3 or 4 ? ImageLayout.NHWC : null);
        var kind = options.Kind ?? (found is null ? InputKind.Vector : InputKind.Image);
        return new ClassifierInput("input", kind, kind == InputKind.Tokens ? "Int64" : "Float",
            shape, kind == InputKind.Image ? found ?? ImageLayout.NCHW : null);
    }

    /// <summary>The modules to hook, with their paths and, where their outputs are sites, the names of the non-linearities.</summary>
    private static Dictionary<Module<Tensor, Tensor>, (string Path, string? Op)> Hooked(
        Module<Tensor, Tensor> root, string name, IReadOnlyList<string> extraSites)
    {
        var hooked = new Dictionary<Module<Tensor, Tensor>, (string, string?)>(ReferenceEqualityComparer.Instance);
        var extra = extraSites.ToHashSet(StringComparer.Ordinal);
        foreach (var (path, module) in ModulePaths.Of(root))
        {
            string? op = TorchActivations.Op(module) ?? (extra.Contains(path) ? module.GetType().Name : null);
            if (module is Module<Tensor, Tensor> single && (op is not null || TorchActivations.ReadsLogits(module)))
            {
                hooked[single] = (path.Length > 0 ? path : ModulePaths.NameOf(module), op);
                extra.Remove(path);
            }
        }

        return extra.Count == 0 ? hooked : throw new InvalidInputException($"{name}: no module '{extra.First()}' of one tensor to one tensor");
    }
}
