using Apex.Data;

namespace Apex.Models;

/// <summary>Turns samples as their source holds them into the input of one model. Safe to call from several threads.</summary>
internal sealed class Preprocessor
{
    private readonly string _model;
    private readonly ClassifierInput _input;
    private readonly Preprocessing _preprocessing;
    private readonly ImageResize? _resize;

    /// <summary>For the inputs behind the first: their arrays are what the network reads.</summary>
    private readonly IReadOnlyList<Preprocessor> _others = [];

    /// <summary>For a model of any number of inputs.</summary>
    /// <param name="model">Name of the model, for messages.</param>
    /// <param name="inputs">What the model reads; all but the first get their arrays as they are.</param>
    /// <param name="preprocessing">What to do for the first.</param>
    public Preprocessor(string model, IReadOnlyList<ClassifierInput> inputs, Preprocessing preprocessing)
        : this(model, inputs[0], preprocessing) =>
        _others = [.. inputs.Skip(1).Select(input => new Preprocessor($"{model} (input '{input.Name}')", input, new Preprocessing { Scale = 1 }))];

    /// <summary>For a model of one input.</summary>
    /// <param name="model">Name of the model, for messages.</param>
    /// <param name="input">What the model reads.</param>
    /// <param name="preprocessing">What to do.</param>
    public Preprocessor(string model, ClassifierInput input, Preprocessing preprocessing)
    {
        (_model, _input, _preprocessing) = (model, input, preprocessing);
        if (preprocessing.Resize is { } size)
            _resize = new ImageResize(size[0], size[^1], preprocessing.ResizeFilter ?? ResizeFilter.Bilinear);
    }

    /// <summary>
    /// The shape, in the model's layout, that samples of a data set will have after preprocessing; null where it is not known before they are read.
    /// </summary>
    /// <param name="shape">Shape of a raw sample, <c>[C, H, W]</c> for images.</param>
    /// <param name="kind">What the samples are.</param>
    /// <param name="preprocessing">What will be done.</param>
    /// <param name="declared">Declared shape of the model's input without the batch axis; null where free.</param>
    public static int[]? ShapeAfter(int[]? shape, SampleKind kind, Preprocessing preprocessing, IReadOnlyList<int?> declared)
    {
        if (shape is null && preprocessing.Resize is null)
            return null;
        if (kind != SampleKind.Image || declared.Count != 3)
            return shape;
        int channels = shape?[0] ?? 3;
        int height = preprocessing.Resize?[0] ?? shape![1], width = preprocessing.Resize?[^1] ?? shape![2];
        bool last = preprocessing.Layout == ImageLayout.NHWC
            || (preprocessing.Layout is null && declared[2] is 1 or 3 or 4 && declared[0] is not (1 or 3 or 4));
        int? wanted = last ? declared[2] : declared[0];
        if (channels == 1 && wanted == 3)
            channels = 3;
        return last ? [height, width, channels] : [channels, height, width];
    }

    /// <summary>The factor on the raw numbers of samples of a kind.</summary>
    internal float ScaleFor(SampleKind kind) => _preprocessing.Scale ?? (kind == SampleKind.Image && !_input.IsByte ? 1f / 255f : 1f);

    /// <summary>What makes samples of one shape fit a model that reads another, for the end of a message; empty where nothing simple does.</summary>
    /// <param name="given">Shape of a sample.</param>
    /// <param name="declared">What the model reads; null where free.</param>
    /// <param name="layout">The axis order that was asked for, or null.</param>
    internal static string HowToFit(IReadOnlyList<int> given, IReadOnlyList<int?> declared, ImageLayout? layout = null)
    {
        if (given.Count != 3 || declared.Count != 3)
            return "";
        bool Fits(params int[] order) => order.Select((from, to) => declared[to] is not { } wanted || wanted == given[from]).All(f => f);
        string array = $"[{string.Join(", ", given)}]";
        if (layout is { } asked && (Fits(2, 0, 1) || Fits(1, 2, 0)))
            return $": in the order {asked}, which was asked for, samples are {array}; leave `Layout` out";
        if (Fits(2, 0, 1))
            return $": {array} is channels last, the model reads channels first; transpose the array (uint8 images are turned by themselves)";
        if (Fits(1, 2, 0))
            return $": {array} is channels first, the model reads channels last; transpose the array (uint8 images are turned by themselves)";
        return given[0] == declared[0] ? Resize(declared[1], declared[2]) : given[2] == declared[2] ? Resize(declared[0], declared[1]) : "";

        static string Resize(int? height, int? width) => height is null || width is null ? "" : $" (images of another size need `Resize` {height},{width})";
    }

    /// <summary>Preprocesses one sample.</summary>
    /// <param name="sample">The raw sample.</param>
    /// <param name="source">Name of the data set, for messages.</param>
    /// <exception cref="InvalidInputException">The sample does not fit the model; the message says how to make it fit.</exception>
    public ModelSample Apply(SampleInput sample, string source)
    {
        var first = Tensor(sample, source);
        if (_others.Count == 0)
            return new ModelSample([first]);
        return new ModelSample([first, .. _others.Select(other => sample.Others?.TryGetValue(other._input.Name, out var own) == true
            ? other.Tensor(own, source)
            : throw new InvalidInputException(
                $"{source}: gives one tensor a sample, but {_model} reads {_others.Count + 1} inputs " +
                $"({string.Join(", ", _others.Select(o => o._input.Name).Prepend(_input.Name))}); give an NPZ with an array of each name"))]);
    }

    /// <summary>What the network reads where every raw number of a sample is one and the same, shape <c>[elements]</c>.</summary>
    /// <param name="raw">The number, e.g. 255 for white 8-bit pixels.</param>
    /// <param name="kind">What the sample holds.</param>
    internal float[] Uniform(float raw, SampleKind kind) => Scaled(_ => raw, ScaleFor(kind));

    private SampleTensor Tensor(SampleInput sample, string source)
    {
        if (_input.Kind == InputKind.Tokens)
        {
            // Tables of text hold whole numbers as floats.
            long[] tokens = sample.Kind == SampleKind.Tokens ? sample.Tokens
                : sample is { Kind: SampleKind.Values, Shape.Length: 1 } && sample.Values.All(v => v == MathF.Floor(v) && Math.Abs(v) < 1 << 24)
                ? [.. sample.Values.Select(v => (long)v)]
                : throw new InvalidInputException(
                    $"{source}: sample {sample.Id} holds {(sample.Kind == SampleKind.Image ? "pixels" : "numbers")}, but {_model} reads integer tokens; " +
                    "give an int64 NPY or NPZ array [samples, length]");
            if (tokens.Length != _input.Elements)
                throw new InvalidInputException($"{source}: sample {sample.Id} has {tokens.Length} tokens; {_model} reads {_input.Elements}");
            return new SampleTensor(_input.Name, tokens);
        }

        // Whole numbers are tokens only where the model reads such; otherwise they are numbers like others.
        if (sample.Kind == SampleKind.Tokens)
            sample = sample with { Kind = SampleKind.Values, Values = [.. sample.Tokens.Select(t => (float)t)], Tokens = [] };

        bool isImage = sample.Kind == SampleKind.Image && _input.Kind == InputKind.Image;
        return new SampleTensor(_input.Name, isImage ? Image(sample, source) : Values(sample, source));
    }

    private float[] Image(SampleInput sample, string source)
    {
        bool first = _input.Layout == ImageLayout.NCHW;
        int channels = _input.Shape[first ? 0 : 2], height = _input.Shape[first ? 1 : 0], width = _input.Shape[first ? 2 : 1];
        var (pixels, c, h, w) = (sample.Values, sample.Shape[0], sample.Shape[1], sample.Shape[2]);
        if (_resize is not null && (h, w) != (_resize.Height, _resize.Width))
            (pixels, h, w) = (_resize.Apply(pixels, c, h, w), _resize.Height, _resize.Width);
        if ((h, w) != (height, width))
            throw new InvalidInputException($"{source}: sample {sample.Id} is {h}x{w} pixels, {_model} reads {height}x{width}; give `Resize` {height},{width}");
        if (c != channels && c != 1)
            throw new InvalidInputException($"{source}: sample {sample.Id} has {c} channels, {_model} reads {channels}");

        float scale = ScaleFor(sample.Kind);
        var result = new float[_input.Elements];
        int plane = h * w;
        for (int channel = 0; channel < channels; channel++)
        {
            var (mean, std) = (PerChannel(_preprocessing.Mean, channel, channels, 0), PerChannel(_preprocessing.Std, channel, channels, 1));
            // A grey image stands in for every channel.
            int from = (c == 1 ? 0 : channel) * plane, to = first ? channel * plane : channel, step = first ? 1 : channels;
            for (int i = 0; i < plane; i++)
                result[to + i * step] = (pixels[from + i] * scale - mean) / std;
        }

        return result;
    }

    private float[] Values(SampleInput sample, string source)
    {
        // A flat vector may stand for any shape of its length; two shapes of several axes must agree.
        if (sample.Values.Length != _input.Elements || (sample.Shape.Length > 1 && _input.Shape.Length > 1 && !sample.Shape.SequenceEqual(_input.Shape)))
            throw new InvalidInputException(
                $"{source}: sample {sample.Id} has shape [{string.Join(", ", sample.Shape)}], {_model} reads " +
                $"[{string.Join(", ", _input.Shape)}]{HowToFit(sample.Shape, [.. _input.Shape.Cast<int?>()])}");
        return Scaled(i => sample.Values[i], ScaleFor(sample.Kind));
    }

    /// <summary>Numbers in the model's own order, scaled and normalised.</summary>
    private float[] Scaled(Func<int, float> raw, float scale)
    {
        int channels = _input.Shape.Length == 0 ? 1 : _input.Layout == ImageLayout.NHWC ? _input.Shape[^1] : _input.Shape[0];
        int inner = _input.Layout == ImageLayout.NHWC ? 1 : _input.Elements / channels;
        var result = new float[_input.Elements];
        for (int i = 0; i < result.Length; i++)
        {
            int channel = i / inner % channels;
            float mean = PerChannel(_preprocessing.Mean, channel, channels, 0), std = PerChannel(_preprocessing.Std, channel, channels, 1);
            result[i] = (raw(i) * scale - mean) / std;
        }

        return result;
    }

    private float PerChannel(IReadOnlyList<float>? values, int channel, int channels, float otherwise)
    {
        if (values is null)
            return otherwise;
        if (values.Count != 1 && values.Count != channels)
            throw new InvalidInputException($"{_preprocessing.Source}: {values.Count} values of mean or std, but {_model} reads {channels} channel(s)");
        return values.Count == 1 ? values[0] : values[channel];
    }
}
