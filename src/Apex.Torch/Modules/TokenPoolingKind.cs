namespace Apex.Torch.Modules;

/// <summary>How tokens become one vector.</summary>
public enum TokenPoolingKind
{
    /// <summary>The first token, where <see cref="ClassToken"/> puts its own.</summary>
    First,

    /// <summary>The mean of all tokens.</summary>
    Mean,
}
