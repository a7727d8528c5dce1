using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>
/// The one table of operators. A new operator is a row in the file of its family. The families are joined here, and nothing else lists operators.
/// </summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, Operator> _byKey = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, Operator> _byName = new(StringComparer.Ordinal);

    static OperatorTable()
    {
        foreach (var row in Rows)
        {
            if (!_byKey.TryAdd(row.Key, row))
                throw new InvalidOperationException($"the operator {row.Key} has two rows");
            _byName.TryAdd(row.Name, row);
        }
    }

    /// <summary>All rows, by what their family is called.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<Operator> Rows)> Families { get; } =
    [
        ("Activation functions", Activations.Rows),
        ("Arithmetic", Arithmetic.Rows),
        ("Layers", Layers.Rows),
        ("Pooling", Pooling.Rows),
        ("Normalisations", Normalisations.Rows),
        ("Shapes", Shapes.Rows),
        ("Reductions", Reductions.Rows),
        ("Quantisation", Quantisation.Rows),
        ("Control flow and random numbers", Control.Rows),
        ("Models of other kinds", OtherModels.Rows),
    ];

    /// <summary>All rows, family by family.</summary>
    public static IReadOnlyList<Operator> Rows { get; } = [.. Families.SelectMany(family => family.Rows)];

    /// <summary>
    /// What is known of a node. Where the table does not have its domain, an operator of the same name in another domain stands for it: what ONNX
    /// Runtime contributes and what the specification took over later are alike in all but their derivatives.
    /// </summary>
    public static Operator Of(NodeProto node) => InDomain(node) ?? Named(node.OpType);

    /// <summary>The row of a node's own domain, or null.</summary>
    public static Operator? InDomain(NodeProto node) => _byKey.GetValueOrDefault(node.IsStandard() ? node.OpType : $"{node.Domain}:{node.OpType}");

    /// <summary>The row of a name in whatever domain, the specification's first.</summary>
    public static Operator Named(string name) => _byName.GetValueOrDefault(name, Operator.Unknown);
}
