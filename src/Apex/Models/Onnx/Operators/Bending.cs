namespace Apex.Models.Onnx.Operators;

/// <summary>How an operator bends element by element, as an activation would.</summary>
internal enum Bending
{
    /// <summary>Not elementwise, or not at all.</summary>
    None,

    /// <summary>A function of one tensor.</summary>
    Function,

    /// <summary>A function of one tensor between bounds, unless they only guard a division.</summary>
    Bounds,

    /// <summary>A power, unless the exponent is 1.</summary>
    Power,

    /// <summary>The larger or smaller of several, unless one only guards a division.</summary>
    Extreme,

    /// <summary>A product, of a tensor with itself or with a comparison of itself.</summary>
    Product,

    /// <summary>A choice, where a tensor is compared for it that is passed on.</summary>
    Choice,
}
