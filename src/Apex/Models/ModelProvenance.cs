namespace Apex.Models;

/// <summary>What a classifier says of where it came from, for reports and for the record of a run.</summary>
public sealed record ModelProvenance
{
    /// <summary>ONNX opset, or 0 for another backend.</summary>
    public long Opset { get; init; }

    /// <summary>Name of the logits.</summary>
    public string Logits { get; init; } = "output";

    /// <summary>Name of the network's output that the logits were found from.</summary>
    public string Output { get; init; } = "output";

    /// <summary>What was decided about the network that a user may want to know, one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Versions of what runs it, by name; runs of different versions are not one.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>What it runs on.</summary>
    public string Device { get; init; } = "Cpu";
}
