namespace Apex.Models;

/// <summary>Reads the tangents of one site.</summary>
/// <param name="slot">Position of the site in the list that the pass was opened with.</param>
/// <param name="tangents">J_l dx for each row, shape <c>[rows, elements of the site]</c>; valid during the call.</param>
internal delegate void TangentReader(int slot, ReadOnlySpan<float> tangents);

/// <summary>
/// Exact Jacobian-vector products J_l dx, J_l = d a_l / d x, by forward-mode differentiation of the network's graph. Safe to call from
/// several threads.
/// </summary>
internal interface ITangentPass : IDisposable
{
    /// <summary>Tangents of one pass.</summary>
    int Rows { get; }

    /// <summary>Carries tangents of the input to the sites.</summary>
    /// <param name="sample">x, the preprocessed sample at which the derivative is taken.</param>
    /// <param name="tangents">dx for each row, shape <c>[rows, elements of the input]</c>.</param>
    /// <param name="read">Called once for each site.</param>
    void Run(in ModelSample sample, float[] tangents, TangentReader read);
}
