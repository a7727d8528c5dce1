using Apex.Models;

namespace Apex.Torch;

/// <summary>What to know about a module that it does not tell itself.</summary>
public readonly record struct TorchOptions
{
    /// <summary>Nothing said: everything is found by a dry run.</summary>
    public TorchOptions() { }

    /// <summary>The classifier's name in messages and runs. Default: the module's own.</summary>
    public string? Name { get; init; }

    /// <summary>What the module reads. Default: an image where a sample has three axes, of which the first or last is 1, 3 or 4; else a vector.</summary>
    public InputKind? Kind { get; init; }

    /// <summary>Axis order of an image. Default: the axis of size 1, 3 or 4 tells, NCHW first.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Number of logits that the module must have. Default: whatever it has.</summary>
    public int? Classes { get; init; }

    /// <summary>
    /// Paths of further modules whose outputs are offered as sites, e.g. <c>stage1.block0</c> or an activation of your own. Default: none.
    /// </summary>
    public IReadOnlyList<string> ExtraSites { get; init; } = [];
}
