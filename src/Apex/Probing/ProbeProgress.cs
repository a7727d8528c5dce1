namespace Apex.Probing;

/// <summary>How far a probe is.</summary>
/// <param name="Phase">What is being done: <c>pilot</c> or <c>probe</c>.</param>
/// <param name="Samples">Samples done; in parameter space, where many end together, the samples that as many passes make up.</param>
/// <param name="TotalSamples">Samples to do.</param>
/// <param name="Passes">Noisy forward passes done (one sample, one sigma, one draw each).</param>
public readonly record struct ProbeProgress(string Phase, long Samples, long TotalSamples, long Passes);
