namespace Apex.Models.Onnx.Operators;

/// <summary>
/// All that APEX knows of an operator: a row of <see cref="OperatorTable"/>. Everything but the name may be left out. What is left out is refused
/// by the operator's name where it is needed.
/// </summary>
/// <param name="Name">The operator's type in a graph; of a non-linearity that is only ever composed of others, what its site is called.</param>
internal sealed record Operator(string Name)
{
    /// <summary>Whatever the table has no row for.</summary>
    public static Operator Unknown { get; } = new("");

    /// <summary>The domain; empty for the operators of the ONNX specification.</summary>
    public string Domain { get; init; } = "";

    /// <summary>What messages and documents call it.</summary>
    public string Key => Domain.Length == 0 ? Name : $"{Domain}:{Name}";

    /// <summary>Which kind it is, where it has one that must be told.</summary>
    public OperatorKind Kind { get; init; }

    /// <summary>The model that it makes by itself, in place of a network; null where it belongs to networks.</summary>
    public string? OtherModel { get; init; }

    /// <summary>Under which name it is a site; null where it is none.</summary>
    public SiteName? Site { get; init; }

    /// <summary>What it makes of numbers; null where it is no part of a composed non-linearity.</summary>
    public NumberFunction? Numbers { get; init; }

    /// <summary>Whether a composed non-linearity may end with it.</summary>
    public bool EndsComposition { get; init; }

    /// <summary>The functions by which it is recognised where it is composed of other operators.</summary>
    public Func<double, double>[] Composed { get; init; } = [];

    /// <summary>What becomes of it in the limit of infinite noise.</summary>
    public Recession Limit { get; init; } = Recession.Unknown;

    /// <summary>Its derivative; null where it has none here.</summary>
    public Tangent? Tangent { get; init; }

    /// <summary>What it sends back to its inputs; null where it has no derivative here.</summary>
    public Cotangent? Cotangent
    {
        get => field ?? (Tangent is { IsSymmetric: true } symmetric ? Cotangent.Of(symmetric) : null);
        init;
    }

    /// <summary>Which inputs training sets; null where no input is so by itself. A batch norm's running mean and variance are measured, not trained.</summary>
    public int[]? Trained { get; init; }

    /// <summary>
    /// Whether a constant of several values is a bias, a scale, a position embedding or a class token, and a single number part of a formula.
    /// </summary>
    public bool ConstantsAreTrained { get; init; }

    /// <summary>Whether it hands its first input on: a parameter behind it is still one.</summary>
    public bool Moves { get; init; }

    /// <summary>How many inputs, from the first, are values; the others are shapes, indices, bounds and the like.</summary>
    public int Values
    {
        get => _values ?? (Moves || Reduces ? 1 : int.MaxValue);
        init => _values = value;
    }

    private readonly int? _values;

    /// <summary>Whether it sums up along axes.</summary>
    public bool Reduces { get; init; }

    /// <summary>Whether it looks entries up by index, so that whole numbers become others.</summary>
    public bool LooksUp { get; init; }

    /// <summary>What it tells of its input's shape alone.</summary>
    public ShapeUse Shape { get; init; }

    /// <summary>In what it is linear.</summary>
    public Linearity Linear { get; init; }

    /// <summary>How it bends elementwise.</summary>
    public Bending Bends { get; init; }

    /// <summary>Whether it makes the divisor out of a mean, sum or norm.</summary>
    public bool MakesNorm { get; init; }

    /// <summary>Whether it is a layer that a ReLU follows.</summary>
    public bool IsLayer { get; init; }

    /// <summary>Whether it makes probabilities or a class of the logits.</summary>
    public bool ReadsLogits { get; init; }

    /// <summary>Where it stands for nothing but what it reads.</summary>
    public Passage Passes { get; init; }
}
