namespace Apex.Analysis.Statistics;

/// <summary>
/// The median of a survival curve. Its 95 % interval holds the times at which 1/2 lies inside the curve's own interval (R. Brookmeyer and
/// J. Crowley, "A confidence interval for the median survival time", Biometrics 1982).
/// </summary>
/// <param name="Value">The first time at which the curve is at most 1/2; NaN where it stays above.</param>
/// <param name="Low">
/// The first time at which the curve's lower end is at most 1/2, or the last time of all where there is none: the median is then beyond it
/// or, where all samples had their event there, at it. NaN without samples.
/// </param>
/// <param name="High">The first time at which the curve's upper end is at most 1/2; infinite where there is none.</param>
/// <param name="N">Samples.</param>
public readonly record struct KaplanMeierMedian(double Value, double Low, double High, int N);
