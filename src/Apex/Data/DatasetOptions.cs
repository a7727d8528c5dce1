namespace Apex.Data;

/// <summary>How a data set is read where its content leaves a choice.</summary>
public readonly record struct DatasetOptions
{
    /// <summary>A separate source of labels: IDX, NPY, NPZ:KEY, or text with one class index or name a line. Default: labels inside, or none.</summary>
    public string? Labels { get; init; }

    /// <summary>
    /// CSV: name or 0-based index of the label column. Default: a column named label, target, class or y, or the one column that is no number.
    /// </summary>
    public string? LabelColumn { get; init; }

    /// <summary>
    /// Names of the classes in the order of the model's logits, where they are known. A class folder or a label in words then counts as the
    /// class of its name, and one that is none of them is refused. Default: null; folders and words are numbered in their own order.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// Names of the model's inputs. For several the arrays of these names are read from an NPZ. For one any one array will do, and its name tells only where
    /// neither a key nor a usual name (<c>x</c>, <c>images</c>, ...) does. Default: null, one input of any name.
    /// </summary>
    public IReadOnlyList<string>? Inputs { get; init; }
}
