using System.Text.Json.Serialization;
using Apex.Models.Onnx.Graphs;

namespace Apex.Models;

/// <summary>
/// How a sample becomes the network's input: <c>(x * scale - mean) / std</c> per channel, after an optional resize and before
/// the axes are put in the model's order.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Factor on the raw numbers. Default: 1/255 for 8-bit pixels, 1 for anything else.</summary>
    public float? Scale { get; init; }

    /// <summary>Subtracted after scaling, one value or one for each channel. Default: 0.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>Divides last, one value or one for each channel, never 0. Default: 1.</summary>
    public IReadOnlyList<float>? Std { get; init; }

    /// <summary>Axis order of the model's input. Default: found from the model.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Height and width to resize images to, by <see cref="ResizeFilter"/>. Default: no resize.</summary>
    public IReadOnlyList<int>? Resize { get; init; }

    /// <summary>How pixels are weighed when resizing; only with <see cref="Resize"/>. Default: <see cref="ResizeFilter.Bilinear"/>.</summary>
    [JsonConverter(typeof(ResizeFilterConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResizeFilter? ResizeFilter { get; init; }

    /// <summary>True where these settings stand alone; false where a sidecar fills what they leave open. Default: false.</summary>
    public bool StandsAlone { get; init; }

    /// <summary>Where each setting came from, e.g. <c>--mean</c>, a sidecar's name, or <c>default</c>.</summary>
    public string Source { get; init; } = "default";

    /// <summary>Other settings with these where these say something; all that does not change samples is the others'.</summary>
    /// <param name="others">What fills the settings that are left open here.</param>
    public Preprocessing Over(Preprocessing others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return others with
        {
            Scale = Scale ?? others.Scale,
            Mean = Mean ?? others.Mean,
            Std = Std ?? others.Std,
            Layout = Layout ?? others.Layout,
            Resize = Resize ?? others.Resize,
            ResizeFilter = ResizeFilter ?? others.ResizeFilter,
        };
    }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="InvalidInputException">A value is out of range.</exception>
    public Preprocessing Checked()
    {
        if (Scale is { } scale && (!float.IsFinite(scale) || scale == 0))
            throw new InvalidInputException($"{Source}: scale {scale} must be a finite number other than 0");
        if (Mean is { } mean && (mean.Count == 0 || mean.Any(m => !float.IsFinite(m))))
            throw new InvalidInputException($"{Source}: mean must be finite numbers, e.g. 0.485,0.456,0.406");
        if (Std is { } std && (std.Count == 0 || std.Any(s => !float.IsFinite(s) || s == 0)))
            throw new InvalidInputException($"{Source}: std must be finite numbers other than 0, e.g. 0.229,0.224,0.225");
        if (Resize is { } size && (size.Count is < 1 or > 2 || size.Any(s => s is < 1 or > 8192)))
            throw new InvalidInputException($"{Source}: resize must be one size or HEIGHT,WIDTH between 1 and 8192");
        if (ResizeFilter is { } filter && !Enum.IsDefined(filter))
            throw new InvalidInputException($"{Source}: resize filter {filter}: give {ResizeFilters.List}");
        return this;
    }

    /// <summary>One line for a person.</summary>
    /// <param name="input">What the model reads, or null where that is not known.</param>
    public string Describe(ClassifierInput? input = null)
    {
        var parts = new List<string>
        {
            Scale is { } s ? $"scale {s:g6}"
                : input is null or { Kind: InputKind.Image, ElementType: not nameof(OnnxElementType.UInt8) } ? "scale 1/255 for 8-bit pixels, 1 for other numbers"
                : input.Kind switch { InputKind.Image => "pixels", InputKind.Tokens => "tokens", _ => "numbers" } + " as they are",
        };
        if (Mean is not null)
            parts.Add($"mean {string.Join(",", Mean)}");
        if (Std is not null)
            parts.Add($"std {string.Join(",", Std)}");
        if (Layout is { } layout)
            parts.Add(layout.ToString());
        if (Resize is not null)
            parts.Add($"resize {string.Join("x", Resize)}{(ResizeFilter is { } filter ? $" {filter.Name()}" : "")}");
        return $"{string.Join(", ", parts)} (from {Source})";
    }
}
