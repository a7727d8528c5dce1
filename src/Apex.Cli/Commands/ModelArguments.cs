using System.CommandLine;
using System.Globalization;
using Apex.Models;
using Apex.Models.Onnx;

namespace Apex.Cli.Commands;

/// <summary>The options that say how a model is read, shared by the commands that take one.</summary>
internal sealed class ModelArguments
{
    private readonly Option<string?> _output = new("--output")
    {
        Description = "The graph output that holds the logits, where several could.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _inputShape = new("--input-shape")
    {
        Description = "Shape of one sample in the model's layout, where the graph leaves it free, e.g. 3,224,224.",
        HelpName = "DIMS",
    };

    private readonly Option<string?> _scale = new("--scale")
    {
        Description = "Factor on the raw numbers, e.g. 1/255. Default: 1/255 for 8-bit pixels, else 1.",
        HelpName = "S",
    };

    private readonly Option<string?> _mean = new("--mean") { Description = "Subtracted after scaling, one value or one for each channel.", HelpName = "M,..." };
    private readonly Option<string?> _std = new("--std") { Description = "Divides last, one value or one for each channel.", HelpName = "S,..." };
    private readonly Option<string?> _layout = new("--layout")
    {
        Description = "Axis order of the model's image input: NCHW or NHWC. Default: found.",
        HelpName = "ORDER",
    };

    private readonly Option<string?> _resize = new("--resize") { Description = "Resize images to SIZE or HEIGHT,WIDTH by --resize-filter.", HelpName = "SIZE" };
    private readonly Option<string?> _resizeFilter = new("--resize-filter")
    {
        Description = $"How images are resized: {string.Join(", ", ResizeFilters.Names)}. Default: bilinear, antialiased, as Pillow does.",
        HelpName = "FILTER",
    };

    private readonly Option<bool> _ready = new("--no-preprocess")
    {
        Description = "The data is what the network reads: no scale, mean, std or resize, whatever the sidecar says.",
    };

    private readonly Option<string?> _classes = new("--classes")
    {
        Description = "Class names in the order of the logits: a list, or a text file with one a line.",
        HelpName = "NAMES|FILE",
    };

    private readonly Option<string> _device = new("--device") { Description = "cpu, cuda or directml.", DefaultValueFactory = _ => "cpu", HelpName = "DEVICE" };

    public static Option<int> Threads() => Typed.Whole("--threads", "N", "Worker threads; results do not depend on it. Default: one for each core.", 0);

    public static Option<string[]> Sites() => new("--sites")
    {
        Description = "all, last, input, a name or glob, A..B, or an index; repeat to combine. Default: all.",
        HelpName = "SITES",
    };

    public void AddTo(Command command)
    {
        _resizeFilter.CompletionSources.Add([.. ResizeFilters.Names]);
        foreach (Option option in (Option[])[_output, _inputShape, _scale, _mean, _std, _layout, _resize, _resizeFilter, _ready, _classes, _device])
            command.Options.Add(option);
    }

    public OnnxOptions Options(ParseResult parsed) => Changed(parsed, new OnnxOptions { Provider = Provider(parsed) });

    /// <summary>Options of before with those that are given.</summary>
    public OnnxOptions Changed(ParseResult parsed, OnnxOptions before) => before with
    {
        Output = parsed.GetValue(_output) ?? before.Output,
        InputShape = Integers("--input-shape", parsed.GetValue(_inputShape)) ?? before.InputShape,
        Provider = parsed.GetResult(_device) is { Implicit: false } ? Provider(parsed) : before.Provider,
    };

    /// <summary>Preprocessing of before with the settings that are given.</summary>
    public Preprocessing? Changed(ParseResult parsed, Preprocessing? before) => Preprocessing(parsed) is not { } given ? before
        : before is null || given.StandsAlone ? given
        : given.Over(before);

    public Preprocessing? Preprocessing(ParseResult parsed)
    {
        Option[] settings = [_scale, _mean, _std, _layout, _resize, _resizeFilter];
        var flags = settings.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => o.Name).ToList();
        var layout = parsed.GetValue(_layout)?.ToUpperInvariant() switch
        {
            null => (ImageLayout?)null,
            "NCHW" => ImageLayout.NCHW,
            "NHWC" => ImageLayout.NHWC,
            var other => throw new InvalidInputException($"--layout {other}: give NCHW or NHWC"),
        };
        if (parsed.GetValue(_ready))
        {
            if (flags.Any(f => f != "--layout"))
                throw new InvalidInputException($"--no-preprocess and {flags.First(f => f != "--layout")} contradict each other; give one of them");
            return new Preprocessing { Scale = 1, Layout = layout, StandsAlone = true, Source = "--no-preprocess" };
        }

        if (flags.Count == 0)
            return null;
        return new Preprocessing
        {
            Scale = Floats("--scale", Fraction(parsed.GetValue(_scale))) is { } scale
                ? scale.Count == 1 ? scale[0] : throw new InvalidInputException("--scale: give one number")
                : null,
            Mean = Floats("--mean", parsed.GetValue(_mean)),
            Std = Floats("--std", parsed.GetValue(_std)),
            Layout = layout,
            Resize = Integers("--resize", parsed.GetValue(_resize)),
            ResizeFilter = parsed.GetValue(_resizeFilter) is { } filter ? ResizeFilters.Parse(filter, "`ResizeFilter`") : null,
            Source = string.Join(" ", flags),
        }.Checked();
    }

    public IReadOnlyList<string>? Classes(ParseResult parsed)
    {
        if (parsed.GetValue(_classes) is not { } given)
            return null;
        string[] names;
        try
        {
            names = File.Exists(given) ? File.ReadAllLines(given) : given.Split(',');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"--classes {given}: cannot be read: {error.Message}", error);
        }

        if (names is [var one] && one.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
            throw new InvalidInputException($"--classes {given}: no such file");
        return [.. names.Select(n => n.Trim()).Where(n => n.Length > 0)];
    }

    /// <summary>A fraction such as 1/255 as a number; anything else as it is.</summary>
    private static string? Fraction(string? text) => text?.Split('/') is [var above, var below]
        && double.TryParse(above, NumberStyles.Float, CultureInfo.InvariantCulture, out double a)
        && double.TryParse(below, NumberStyles.Float, CultureInfo.InvariantCulture, out double b)
        && b != 0
        ? (a / b).ToString("r", CultureInfo.InvariantCulture)
        : text;

    private ExecutionProvider Provider(ParseResult parsed) => parsed.GetValue(_device)!.ToLowerInvariant() switch
    {
        "cpu" => ExecutionProvider.Cpu,
        "cuda" => ExecutionProvider.Cuda,
        "directml" => ExecutionProvider.DirectML,
        var other => throw new InvalidInputException($"--device {other}: give cpu, cuda or directml"),
    };

    private static List<int>? Integers(string option, string? text) => text is null ? null :
        [.. text.Split(',', 'x').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value
            : throw new InvalidInputException($"{option} {text}: '{part}' is not a whole number above 0"))];

    private static List<float>? Floats(string option, string? text) => text is null ? null :
        [.. text.Split(',').Select(part => float.TryParse(part.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            ? value
            : throw new InvalidInputException($"{option} {text}: '{part}' is not a number"))];
}
