namespace Apex.Probing;

/// <summary>How far a probe is.</summary>
/// <param name="Phase">What is being done: <c>pilot</c>, <c>probe</c>, or <c>single sites</c>.</param>
/// <param name="Samples">
/// Samples done, those of each site where sites are probed alone; in parameter space, where many end together, the samples that as many passes make up.
/// </param>
/// <param name="TotalSamples">Samples to do.</param>
/// <param name="Passes">Noisy forward passes done (one sample, one sigma, one draw each).</param>
public readonly record struct ProbeProgress(string Phase, long Samples, long TotalSamples, long Passes);
