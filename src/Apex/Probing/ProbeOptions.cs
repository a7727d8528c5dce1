using Apex.Facts;
using Apex.Noise;

namespace Apex.Probing;

/// <summary>What to probe and how.</summary>
public readonly record struct ProbeOptions
{
    /// <summary>All hidden sites, absolute noise, a grid found by a pilot, 32 draws, seed 0.</summary>
    public ProbeOptions() { }

    /// <summary>What noise is added to. Default: activations.</summary>
    public NoiseSpace Space { get; init; } = NoiseSpace.Activation;

    /// <summary>Site selectors (see <see cref="Sites.SiteSelector"/>), for activation noise only. Default: all hidden sites.</summary>
    public IReadOnlyList<string> Sites { get; init; } = ["all"];

    /// <summary>Noise levels, positive and ascending. Default: null, found by a pilot on the first samples.</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>Number of levels of a grid that the pilot finds. Default: 24.</summary>
    public int PilotSigmas { get; init; } = 24;

    /// <summary>N, noise draws for each (sample, sigma), 1 to 65536. Default: 32.</summary>
    public int Draws { get; init; } = 32;

    /// <summary>Whether c_l is 1 or rms(a_l). Parameter noise takes neither: it is always relative to rms(W). Default: absolute.</summary>
    public NoiseScale Scale { get; init; } = NoiseScale.Absolute;

    /// <summary>Keys all noise. Default: 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Worker threads. Results do not depend on it. Default: 0, one for each core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Batch rows of a forward pass, at most; 0 chooses by the size of the activations. It fixes the shape of a unit of work
    /// (draws of one sample; with parameter noise samples under one draw), so it is part of the plan: results are the same to the bit only for the same rows.
    /// Default: 0.
    /// </summary>
    public int Rows { get; init; }

    /// <summary>
    /// Bytes that the process may hold: bounds workers and the part of a run that waits to be written, never below one worker. Results do not depend on it.
    /// Default: null, no bound.
    /// </summary>
    public long? Memory { get; init; }

    /// <summary>Reads a size for <see cref="Memory"/>.</summary>
    /// <param name="text">A number with K, M, G or T, powers of 1024; <c>B</c> or <c>iB</c> may follow.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static long ParseMemory(string text) => MemoryBudget.Parse(text);

    /// <summary>What is added to the sites or parameters. Default: standard Gaussian noise.</summary>
    public IPerturbation Perturbation { get; init; } = new GaussianPerturbation();
}
