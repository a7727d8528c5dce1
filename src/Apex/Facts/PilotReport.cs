namespace Apex.Facts;

/// <summary>How the grid was found.</summary>
/// <param name="Samples">Samples that the pilot ran.</param>
/// <param name="Draws">Draws of each.</param>
/// <param name="Sigmas">Levels tried, ascending.</param>
/// <param name="FlipRates">Flip rate at each.</param>
public sealed record PilotReport(int Samples, int Draws, IReadOnlyList<double> Sigmas, IReadOnlyList<double> FlipRates);
