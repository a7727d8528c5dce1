using Apex.Facts;

namespace Apex.Probing;

/// <summary>
/// Finds the noise levels that matter for a network: from where fewer than 1 % of predictions flip to where more noise changes
/// the flip rate no further. It climbs and descends in octaves on a few samples.
/// </summary>
internal sealed class Pilot(Probe probe, ProbePlan plan, IProgress<ProbeProgress>? progress)
{
    private const int Samples = 64;
    private const int Draws = 16;
    private const double Start = 0.1;
    private const double Quiet = 0.01;
    private const double Settled = 0.03;
    private const int MostOctaves = 30;
    private const double Endless = 1e6;

    private readonly SortedDictionary<double, double> _rates = [];

    public async Task<(IReadOnlyList<double> Grid, PilotReport Report)> FindAsync(
        IEnumerable<ProbeSample> samples, int levels, CancellationToken cancellationToken)
    {
        ProbeSample[] few = [.. samples.Take(Samples)];
        if (few.Length == 0)
            throw new InvalidInputException("no samples to find a noise grid on; give `Sigmas` FROM:TO:COUNT");
        int draws = Math.Min(plan.Draws, Draws);

        double limit = double.NaN;
        for (double level = Endless; double.IsNaN(limit) && level > Start; level /= 100)
            limit = (await MeasureAsync(few, draws, [level], cancellationToken))[0];
        await MeasureAsync(few, draws, [.. Enumerable.Range(-3, 7).Select(Octave)], cancellationToken);

        int low = -3;
        while (_rates[Octave(low)] >= Quiet && low > -MostOctaves)
            await MeasureAsync(few, draws, [Octave(--low)], cancellationToken);
        while (low < 0 && _rates[Octave(low + 1)] < Quiet)
            low++;
        int high = 3;
        bool IsSettled(int octave) => Math.Abs(_rates[Octave(octave)] - limit) <= Settled;
        bool IsFinite(int octave) => !double.IsNaN(_rates[Octave(octave)]);
        while (!(IsSettled(high) && IsSettled(high - 1)) && IsFinite(high) && high < MostOctaves && Octave(high) < Endless)
            await MeasureAsync(few, draws, [Octave(++high)], cancellationToken);
        // Noise on the weights of many layers multiplies, and leaves the range of floats early.
        bool overflows = !IsFinite(high);
        while (high > low + 1 && !IsFinite(high))
            high--;
        while (high > low + 1 && IsSettled(high - 1))
            high--;
        // One octave more at both ends: the pilot sees few samples, and a plateau should be seen to be one.
        low--;
        if (!overflows)
            high++;

        var report = new PilotReport(few.Length, draws, [.. _rates.Keys], [.. _rates.Values]);
        return (SigmaGrid.Geometric(Octave(low), Octave(high), levels), report);
    }

    private static double Octave(int power) => Start * Math.Pow(2, power);

    private async Task<double[]> MeasureAsync(ProbeSample[] samples, int draws, double[] sigmas, CancellationToken cancellationToken)
    {
        var flips = new long[sigmas.Length];
        var counted = new long[sigmas.Length];
        var levels = plan with { Sigmas = sigmas, Draws = draws, Rows = probe.RowsFor(draws, sigmas.Length) };
        await foreach (var o in probe.RunAsync("pilot", levels, samples, null, samples.Length, cancellationToken))
        {
            if (o.CleanPrediction is not { } clean)
                continue;
            for (int s = 0; s < sigmas.Length; s++)
            {
                counted[s] += draws - o.Sigmas[s].NonFinite;
                flips[s] += draws - o.Sigmas[s].NonFinite - o.Sigmas[s].Counts[clean];
            }
        }

        progress?.Report(new ProbeProgress("pilot", _rates.Count + sigmas.Length, 0, (_rates.Count + sigmas.Length) * (long)samples.Length * draws));
        var rates = new double[sigmas.Length];
        for (int s = 0; s < sigmas.Length; s++)
            _rates[sigmas[s]] = rates[s] = counted[s] == 0 ? double.NaN : (double)flips[s] / counted[s];
        return rates;
    }
}
