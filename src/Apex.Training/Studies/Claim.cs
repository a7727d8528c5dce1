namespace Apex.Training.Studies;

/// <summary>A claim with what was measured of it.</summary>
/// <param name="Says">The claim, in a sentence.</param>
/// <param name="Source">Where it is made: the abstract of the paper, or what this project makes of it: small noise, large noise, spaces.</param>
/// <param name="Measurements">At least one.</param>
internal sealed record Claim(string Says, string Source, IReadOnlyList<Measurement> Measurements)
{
    /// <summary>By how many of the measurements bear it out: all, some or none.</summary>
    public ClaimVerdict Verdict => Measurements.Count == 0 ? throw new InvalidOperationException($"nothing was measured of: {Says}")
        : Measurements.All(m => m.Holds) ? ClaimVerdict.Supported : Measurements.Any(m => m.Holds) ? ClaimVerdict.Partly : ClaimVerdict.NotSupported;
}
