namespace Apex.Analysis.Statistics;

/// <summary>A survival curve at one of the times that occur in the data.</summary>
/// <param name="Time">The time.</param>
/// <param name="AtRisk">Samples whose own time is this or later.</param>
/// <param name="Events">Of these, the ones with an event at this time.</param>
/// <param name="Censored">Of these, the ones censored at this time, after its events.</param>
/// <param name="Survival">Estimated probability of no event up to and including this time, in [0, 1].</param>
/// <param name="Low">Lower end of its 95 % interval; 1 before the first event, NaN where the estimate is 0.</param>
/// <param name="High">Upper end; 1 before the first event, NaN where the estimate is 0.</param>
public readonly record struct KaplanMeierStep(double Time, int AtRisk, int Events, int Censored, double Survival, double Low, double High);
