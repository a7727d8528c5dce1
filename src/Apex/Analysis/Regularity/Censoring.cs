namespace Apex.Analysis.Regularity;

/// <summary>On which side of a grid a value lies that the grid does not show.</summary>
public enum Censoring
{
    /// <summary>It is on the grid.</summary>
    None,

    /// <summary>Below the smallest level.</summary>
    Left,

    /// <summary>Above the largest level, or nowhere.</summary>
    Right,
}
