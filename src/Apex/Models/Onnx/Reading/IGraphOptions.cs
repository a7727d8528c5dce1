namespace Apex.Models.Onnx.Reading;

/// <summary>What to use where a graph leaves a choice.</summary>
internal interface IGraphOptions
{
    /// <summary>The graph output that holds the logits; needed only where several could. Default: found.</summary>
    string? Output { get; }

    /// <summary>Further tensors to offer as sites, by name, though no non-linearity makes them.</summary>
    IReadOnlyList<string>? ExtraSites { get; }
}
