using Apex.Facts;

namespace Apex.Analysis.Transitions;

/// <summary>Where one sample's draws went at small noise.</summary>
/// <param name="From">ŷ0.</param>
/// <param name="To">The few classes that draws escaped to first, with how many went to each.</param>
/// <param name="Total">Draws that escaped.</param>
/// <param name="CleanSoftmax">Softmax without noise, shape <c>[classes]</c>.</param>
internal sealed record Departures(int From, (int Class, int Count)[] To, int Total, double[] CleanSoftmax)
{
    /// <summary>Counts first escapes at levels where the sample's own flip probability is at most 1/2.</summary>
    public static Departures Of(SampleObservation sample)
    {
        int[] to = SmallNoiseEscapes(sample);
        return new Departures(
            sample.CleanPrediction!.Value, [.. Enumerable.Range(0, to.Length).Where(j => to[j] > 0).Select(j => (j, to[j]))], to.Sum(),
            Analysis.CleanSoftmax.Of(sample.CleanLogits));
    }

    /// <summary>First escapes to each class at levels where the sample's own flip probability is at most 1/2, shape <c>[classes]</c>.</summary>
    public static int[] SmallNoiseEscapes(SampleObservation sample)
    {
        int[] to = new int[sample.CleanLogits.Length];
        bool[] small =
        [
            .. Enumerable.Range(0, sample.Sigmas.Length).Select(s => RunObservations.FlipProbability(sample, s) <= ClassTransitions.SmallFlipProbability),
        ];
        for (int draw = 0; draw < sample.FirstEscapeClass.Length; draw++)
        {
            if (sample.FirstEscapeClass[draw] is var target and >= 0 && small[sample.FirstEscapeSigma[draw]])
                to[target]++;
        }

        return to;
    }

    public int CountTo(int y)
    {
        foreach (var (j, count) in To)
        {
            if (j == y)
                return count;
        }

        return 0;
    }
}
