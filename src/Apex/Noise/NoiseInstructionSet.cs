namespace Apex.Noise;

/// <summary>How Gaussian noise is computed. All ways give the same bits.</summary>
internal enum NoiseInstructionSet
{
    /// <summary>The fastest that the processor has.</summary>
    Auto,

    /// <summary>Plain code for any processor.</summary>
    Portable,

    /// <summary>AVX2 with FMA, 8 lanes.</summary>
    Avx2,

    /// <summary>AVX-512F, 16 lanes.</summary>
    Avx512,
}
