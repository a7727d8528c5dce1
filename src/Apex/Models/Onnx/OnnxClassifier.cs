using System.Globalization;
using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Apex.Sites;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>An <see cref="OnnxModel"/> that ONNX Runtime runs.</summary>
public sealed class OnnxClassifier : IParametricClassifier, IDifferentiableClassifier, ITangentClassifier, ILimitClassifier, IInputStatistics
{
    private readonly OnnxModel _model;
    private readonly Dictionary<int, Placement> _placements;
    private readonly Lazy<OnnxParameters> _parameters;

    private OnnxClassifier(
        OnnxModel model, IReadOnlyList<ClassifierInput> inputs, int classes, int? fixedBatch, IReadOnlyList<Site> sites, Dictionary<int, Placement> placements)
    {
        _model = model;
        Inputs = inputs;
        Classes = classes;
        FixedBatch = fixedBatch;
        Sites = sites;
        _placements = placements;
        // Only parameter noise needs them: looking for them reads all weights.
        _parameters = new(() => OnnxParameters.Of(model));
    }

    /// <inheritdoc/>
    public string Name => _model.Path;

    /// <summary>The graph behind this classifier.</summary>
    internal OnnxModel Model => _model;

    /// <inheritdoc/>
    public ClassifierInput Input => Inputs[0];

    /// <inheritdoc/>
    public IReadOnlyList<ClassifierInput> Inputs { get; }

    /// <inheritdoc/>
    public int Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Site> Sites { get; }

    /// <inheritdoc/>
    public string? WithoutSites => _model.WithoutSites;

    /// <inheritdoc/>
    public ModelProvenance Provenance => new()
    {
        Opset = _model.Opset,
        Logits = _model.Logits,
        Output = _model.GraphOutput,
        Notes = _model.Notes,
        Versions = new Dictionary<string, string> { ["onnxruntime"] = OrtEnv.Instance().GetVersionString() },
        Device = OnnxOptions.Of(_model).Provider.ToString(),
    };

    /// <inheritdoc/>
    public string Hash() => _model.Hash();

    /// <inheritdoc/>
    public int? FixedBatch { get; }

    /// <inheritdoc cref="IParametricClassifier.Parameters"/>
    internal IReadOnlyList<Parameter> Parameters => [.. _parameters.Value.Tensors.Select(t => t.Parameter)];

    IReadOnlyList<Parameter> IParametricClassifier.Parameters => Parameters;

    /// <summary>Loads a file and makes it runnable.</summary>
    /// <param name="path">An ONNX file, opset 9 or later.</param>
    /// <param name="options">What to use where the file leaves a choice.</param>
    /// <exception cref="InvalidInputException">The model cannot be used; the message says why.</exception>
    public static OnnxClassifier Load(string path, OnnxOptions options = default) => Bind(OnnxModel.Load(path, options));

    /// <summary>Makes a loaded model runnable: fixes the input's shape and learns the shapes of the sites by running it once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sampleShape">Shape of one sample in the model's layout, used where the graph leaves it free. Default: the option's.</param>
    /// <exception cref="InvalidInputException">The shape is still free, contradicts the graph, or ONNX Runtime refuses the model.</exception>
    internal static OnnxClassifier Bind(OnnxModel model, IReadOnlyList<int>? sampleShape = null)
    {
        int[] shape = ResolveShape(model, OnnxOptions.Of(model).InputShape ?? sampleShape);
        long declaredBatch = model.Input.Dims[0];
        int? fixedBatch = declaredBatch > 0 ? checked((int)declaredBatch) : null;
        var classifier = Bind(model, shape, fixedBatch, out bool independent);
        // With a free batch, unlike inputs have been run beside each other already.
        var noisy = classifier.Sites.Where(s => !s.IsInput || fixedBatch is not null).ToList();
        if (independent && (classifier.FixedBatch == 1 || RowIndependence.HoldsUnderNoise(classifier, noisy)))
            return classifier;
        if (fixedBatch is { } only)
        {
            throw new InvalidInputException(
                $"{model.Path}: the graph insists on batches of {only}, and their rows change each other's logits; export " +
                    "it with a free batch axis, or with a batch of 1");
        }

        model.Note(
            "the rows of a batch change each other's logits (something is computed over the batch axis, or quantised by the range of the batch), " +
            "so each noisy pass runs one row");
        return Bind(model, shape, 1, out _);
    }

    private static OnnxClassifier Bind(OnnxModel model, int[] shape, int? fixedBatch, out bool independent)
    {
        IReadOnlyList<ClassifierInput> inputs =
        [
            DescribeInput(model, model.Input, shape),
            .. model.AllInputs.Skip(1).Select(input => DescribeInput(model, input, [.. input.Dims.Skip(1).Select(d => checked((int)d))])),
        ];
        DryRun first, second;
        if (fixedBatch is { } only)
            first = second = DryRun.Run(model, only, inputs);
        else
        {
            try
            {
                // Two sizes that share no factor show which axis is the batch.
                (first, second) = (DryRun.Run(model, 2, inputs), DryRun.Run(model, 3, inputs));
            }
            catch (InvalidInputException) when (DryRun.TryOf(model, 1, inputs) is { } single)
            {
                // The file declares a free batch, but a reshape inside insists on one row.
                first = second = single;
                fixedBatch = 1;
            }
        }

        int batch = first.Batch;
        int classes = Classify(model, first);
        // The watched row is the first of one batch and the last of the other.
        independent = first == second || first.IsOnZeros || second.IsOnZeros ||
            RowIndependence.AreSame(first.Values.AsSpan(0, classes), second.Values.AsSpan((second.Batch - 1) * classes, classes));
        var input = inputs[0];
        var sites = new List<Site>();
        var placements = new Dictionary<int, Placement>();
        if (input.Kind != InputKind.Tokens)
        {
            sites.Add(new Site(0, "input", "Input", shape, input.Elements));
            placements[0] = model.IsLimit
                ? new Placement(model.InputName, model.Input.Type, 0, shape)
                : new Placement(OnnxRewriter.InputName, OnnxElementType.Float, 0, shape);
        }

        for (int i = 0; i < model.Activations.Count; i++)
        {
            var activation = model.Activations[i];
            var (type, dims) = first.Sites[i];
            int axis = BatchAxis(dims, second.Sites[i].Dims, batch, second.Batch)
                ?? throw new InvalidInputException(
                    $"{model.Path}: activation '{activation.Name}' has shape [{string.Join(", ", dims)}], " +
                    "in which no axis is the batch");
            int[] perSample = [.. dims.Where((_, a) => a != axis).Select(d => checked((int)d))];
            int leading = (int)(dims[axis] / batch);
            if (leading > 1)
                perSample = [leading, .. perSample];
            long elements = perSample.Aggregate(1L, (product, d) => checked(product * d));
            if (elements > int.MaxValue)
                throw new InvalidInputException($"{model.Path}: activation '{activation.Name}' has {elements} elements; at most {int.MaxValue} are supported");
            int index = i + 1;
            sites.Add(new Site(index, activation.Name, activation.Op, perSample, (int)elements));
            int[] rest = [.. dims.Where((_, a) => a != axis).Select(d => (int)d)];
            placements[index] = new Placement(activation.Tensor, type, axis, rest) { RowsPerSample = leading };
        }

        return new OnnxClassifier(model, inputs, classes, fixedBatch, sites, placements);
    }

    /// <inheritdoc/>
    public ICleanPass OpenClean(IReadOnlyList<Site> observed) =>
        new OnnxCleanPass(_model, Inputs, Classes, FixedBatch ?? 1, [.. observed.Select(s => (s, Place(s)))]);

    /// <inheritdoc/>
    public IPerturbedClassifier OpenPerturbed(IReadOnlyList<Site> perturbed, int rows, int noises = 0)
    {
        CheckRows(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(noises);
        if (perturbed.Count == 0)
            throw new ArgumentException("choose at least one site", nameof(perturbed));
        return Open(perturbed, rows, noises == 0 ? rows : noises, OnnxOptions.Of(_model).Route);
    }

    /// <summary>The same by the simplest way, with one noise for all rows.</summary>
    internal IPerturbedClassifier OpenPlain(IReadOnlyList<Site> perturbed, int rows) =>
        Open(perturbed, rows, 1, PerturbationRoute.Plain);

    /// <inheritdoc cref="ITangentClassifier.OpenTangent"/>
    internal ITangentPass OpenTangent(IReadOnlyList<Site> sites, int rows)
    {
        CheckRows(rows);
        if (sites.Count == 0)
            throw new ArgumentException("choose at least one site", nameof(sites));
        return new OnnxTangentPass(_model, Input, rows, [.. sites.Select(s => (s, Place(s)))]);
    }

    ITangentPass ITangentClassifier.OpenTangent(IReadOnlyList<Site> sites, int rows) => OpenTangent(sites, rows);

    /// <inheritdoc cref="IDifferentiableClassifier.OpenGradient"/>
    internal IGradientPass OpenGradient(GradientTarget target, IReadOnlyList<Site> sites, int rows, double clip = 1, bool squared = false)
    {
        CheckRows(rows);
        if (sites.Count == 0)
            throw new ArgumentException("choose at least one site", nameof(sites));
        if (!(clip > 0))
            throw new ArgumentOutOfRangeException(nameof(clip), clip, "above 0");
        return new OnnxGradientPass(_model, Inputs, rows, target, clip, squared, [.. sites.Select(Place)]);
    }

    IGradientPass IDifferentiableClassifier.OpenGradient(
        GradientTarget target, IReadOnlyList<Site> sites, int rows, double clip, bool squared) => OpenGradient(target, sites, rows, clip, squared);

    /// <inheritdoc cref="IParametricClassifier.OpenParameters"/>
    internal IParameterPass OpenParameters(int rows)
    {
        CheckRows(rows);
        return new OnnxParameterPass(_model, Inputs, Classes, rows, _parameters.Value);
    }

    IParameterPass IParametricClassifier.OpenParameters(int rows) => OpenParameters(rows);

    /// <inheritdoc/>
    IClassifier ILimitClassifier.OpenLimit() => Bind(_model.Limit(), Input.Shape);

    /// <inheritdoc/>
    double? IInputStatistics.InputFactor => _model.InputFactor;

    /// <inheritdoc/>
    (double MeanSquare, double Variance)? IInputStatistics.FirstNormalisation(IReadOnlyList<ModelSample> samples)
    {
        if (_model.IsLimit || _model.FirstNormalisation is not var (tensor, means, variances))
            return null;
        int channels = means.Length, batch = FixedBatch ?? 1;
        double[] sums = new double[channels], squares = new double[channels];
        long positions = 0;
        var rewriter = new OnnxRewriter(_model, batch, Input.Shape);
        string name = rewriter.Observe(tensor, 0);
        rewriter.EndAt([name]);
        using var session = OnnxSession.Open(rewriter.ToBytes(), _model, OnnxOptions.Of(_model).Provider);
        using var run = new RunOptions();
        foreach (var sample in samples)
        {
            using var feed = OnnxFeed.Tile(Inputs, batch, sample);
            using var results = OnnxSession.Run(_model, session, run, feed, [name]);
            long[] dims = results[0].GetTensorTypeAndShape().Shape;
            if (dims.Length < 2 || dims[1] != channels)
                return null;
            var values = results[0].GetTensorDataAsSpan<float>();
            int inner = values.Length / (int)(dims[0] * channels);
            positions += inner;
            for (int i = 0; i < channels * inner; i++)
            {
                int c = i / inner;
                double centred = values[i] - means[c];
                sums[c] += centred;
                squares[c] += centred * centred;
            }
        }

        var varied = Enumerable.Range(0, channels).Where(c => variances[c] > 0);
        double Median(Func<int, double> of) => MathNet.Numerics.Statistics.Statistics.Median(varied.Select(c => of(c) / variances[c]).DefaultIfEmpty(1));
        return (Median(c => squares[c] / positions), Median(c => squares[c] / positions - sums[c] / positions * (sums[c] / positions)));
    }

    /// <summary>Nothing is held between passes; sessions belong to the passes.</summary>
    public void Dispose() { }

    private void CheckRows(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (FixedBatch is { } only && rows != only)
            throw new ArgumentException($"the graph insists on batches of {only}", nameof(rows));
    }

    private OnnxPerturbedClassifier Open(IReadOnlyList<Site> perturbed, int rows, int noises, PerturbationRoute route) =>
        new(_model, Inputs, Classes, rows, noises, [.. perturbed.Select(s => (s, Place(s)))], FixedBatch is not null, route);

    private Placement Place(Site site) => _placements.TryGetValue(site.Index, out var placement)
        ? placement
        : throw new ArgumentException($"site {site.Index} is not one of this model's", nameof(site));

    private static int[] ResolveShape(OnnxModel model, IReadOnlyList<int>? given)
    {
        var declared = model.InputDimensions.Skip(1).ToArray();
        string text = $"[{string.Join(", ", declared.Select(d => d?.ToString(CultureInfo.InvariantCulture) ?? "?"))}]";
        if (given is null)
        {
            return declared.All(d => d is not null)
                ? [.. declared.Select(d => d!.Value)]
                : throw new InvalidInputException(
                    $"{model.Path}: input '{model.InputName}' leaves its shape free ({text}); give " +
                    "`InputShape`, e.g. 3,224,224");
        }

        if (given.Count != declared.Length || given.Where((d, a) => d < 1 || (declared[a] is { } fix && fix != d)).Any())
            throw new InvalidInputException(
                $"{model.Path}: input '{model.InputName}' takes samples of shape {text}, not " +
                $"[{string.Join(", ", given)}]{Preprocessor.HowToFit(given, declared, OnnxOptions.Of(model).Layout)}");
        return [.. given];
    }

    private static ClassifierInput DescribeInput(OnnxModel model, OnnxModel.InputTensor input, int[] shape)
    {
        var kind = input.IsTokens ? InputKind.Tokens : shape.Length == 3 ? InputKind.Image : InputKind.Vector;
        ImageLayout? layout = null;
        if (kind == InputKind.Image)
        {
            layout = OnnxOptions.Of(model).Layout ?? (shape[0] is 1 or 3 or 4 ? ImageLayout.NCHW : shape[2] is 1 or 3 or 4 ? ImageLayout.NHWC : null);
            if (layout is null)
                kind = InputKind.Vector;
        }

        return new ClassifierInput(input.Name, kind, input.Type.ToString(), shape, layout);
    }

    private static int Classify(OnnxModel model, DryRun run)
    {
        long elements = run.Logits.Aggregate(1L, (product, d) => product * d);
        string shape = $"[{string.Join(", ", run.Logits)}]";
        string another = model.Outputs.Count > 1 ? $"; choose another output with `Output` ({string.Join(", ", model.Outputs)})" : "";
        if (run.Logits.Length == 0 || run.Logits[0] != run.Batch)
            throw new InvalidInputException(
                $"{model.Path}: output '{model.Logits}' has shape {shape} for a batch of {run.Batch}; logits of shape " +
                $"[batch, classes] were expected{another}");
        long classes = elements / run.Batch;
        if (classes != run.Logits[^1] && run.Logits.Skip(1).Count(d => d != 1) > 1)
            throw new InvalidInputException(
                $"{model.Path}: output '{model.Logits}' gives {run.Logits[^1]} scores for each of {classes / run.Logits[^1]} " +
                $"positions a sample (a token or pixel classifier, or a detector); one vector of logits a sample is needed{another}");
        if (classes < 2)
            throw new InvalidInputException(
                $"{model.Path}: output '{model.Logits}' gives {classes} value(s) a sample; a classifier with at " +
                $"least 2 logits was expected{another}");
        return (int)classes;
    }

    /// <summary>The axis that grows with the batch, or null. A multiple of the batch is several rows a sample (windows of an image).</summary>
    private static int? BatchAxis(long[] first, long[] second, int batch, int secondBatch)
    {
        if (first.Length != second.Length)
            return null;
        int found = batch == secondBatch
            // One fixed batch cannot be compared with another: an axis of just that size, else rows of several a sample.
            ? Array.IndexOf(first, batch) is var exact && exact >= 0 ? exact : first.Length > 0 && first[0] % batch == 0 ? 0 : -1
            : Enumerable.Range(0, first.Length).FirstOrDefault(a => first[a] * secondBatch == second[a] * batch && first[a] % batch == 0, -1);
        return found < 0 ? null : found;
    }

    /// <summary>
    /// Shapes and logits seen when the model ran once on rows that are unlike each other: the watched one first in an even batch and last in an odd one.
    /// </summary>
    private sealed record DryRun(int Batch, long[] Logits, float[] Values, bool IsOnZeros, (OnnxElementType Type, long[] Dims)[] Sites)
    {
        public static DryRun? TryOf(OnnxModel model, int batch, IReadOnlyList<ClassifierInput> inputs)
        {
            try
            {
                return Run(model, batch, inputs);
            }
            catch (InvalidInputException)
            {
                return null;
            }
        }

        public static DryRun Run(OnnxModel model, int batch, IReadOnlyList<ClassifierInput> inputs)
        {
            var rewriter = new OnnxRewriter(model, batch, inputs[0].Shape);
            var outputs = new List<string> { model.Logits };
            rewriter.Expose(model.Logits);
            foreach (var activation in model.Activations)
            {
                // Observed as they are, so that their own element type shows.
                rewriter.Expose(activation.Tensor);
                outputs.Add(activation.Tensor);
            }

            outputs.Add(OnnxRewriter.LogitsName);
            using var session = OnnxSession.Open(rewriter.ToBytes(), model, OnnxOptions.Of(model).Provider);
            try
            {
                return Run(session, batch, inputs, outputs, zeros: false);
            }
            catch (OnnxRuntimeException)
            {
                // Some graphs take no input but a plausible one: an index that is looked up, say.
            }

            try
            {
                return Run(session, batch, inputs, outputs, zeros: true);
            }
            catch (OnnxRuntimeException error)
            {
                throw OnnxSession.Refused(model, error);
            }
        }

        private static DryRun Run(
            InferenceSession session, int batch, IReadOnlyList<ClassifierInput> inputs, List<string> outputs, bool zeros)
        {
            using var feed = new OnnxFeed(inputs, batch);
            for (int row = 0; row < batch && !zeros; row++)
                feed.FillRow(row, RowIndependence.Unlike(inputs, batch % 2 == 0 ? row : batch - 1 - row));

            using var run = new RunOptions();
            using var results = session.Run(run, feed.Names, feed.Values, outputs);
            var described = results.Select(r => r.GetTensorTypeAndShape()).Select(t => ((OnnxElementType)(int)t.ElementDataType, t.Shape)).ToArray();
            return new DryRun(batch, described[0].Shape, results[^1].GetTensorDataAsSpan<float>().ToArray(), zeros, described[1..^1]);
        }
    }
}
