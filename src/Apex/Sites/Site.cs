namespace Apex.Sites;

/// <summary>
/// A hidden activation tensor a_l that can be perturbed: the output of a non-linearity on a path from the input to the logits.
/// </summary>
/// <param name="Index">l: 1..L in topological order; 0 is the input itself.</param>
/// <param name="Name">Stable, printable and unique within the model.</param>
/// <param name="Op">The non-linearity, e.g. <c>Relu</c>, <c>ReLU6</c>, <c>SiLU</c>, <c>GELU</c>; <c>Input</c> for site 0.</param>
/// <param name="Shape">Shape of one sample's activation, without the batch axis.</param>
/// <param name="Elements">Number of elements of one sample's activation, the product of <paramref name="Shape"/>.</param>
public sealed record Site(int Index, string Name, string Op, int[] Shape, int Elements)
{
    /// <summary>True for site 0, the input.</summary>
    public bool IsInput => Index == 0;

    /// <summary>One line for a person: <c>3 /layer1/relu Relu [16, 32, 32]</c>.</summary>
    public override string ToString() => $"{Index} {Name} {Op} [{string.Join(", ", Shape)}]";
}
