
namespace Apex.Analysis.Screening;

/// <summary>What was measured of a model for <see cref="BackdoorScreen"/>.</summary>
/// <param name="Model">Name, for people.</param>
/// <param name="Classes">Class names.</param>
/// <param name="Architecture">Op and shape of every site: what reference models must share.</param>
/// <param name="Responses">One for each kind of inputs and group of sites.</param>
/// <param name="Limit">Predictions in the limit of infinite noise on all sites; null where the network has no limit.</param>
internal sealed record ScreeningProfile(
    string Model, IReadOnlyList<string> Classes, string Architecture, IReadOnlyList<ScreeningResponse> Responses, LargeNoise.ClassBias? Limit)
{
    /// <summary>What directed noise does; empty where there is none.</summary>
    public IReadOnlyList<DirectedReading> Directed { get; init; } = [];

    /// <summary>
    /// For each class the sum over the elements of the last hidden site of the gradient of its logit, shape <c>[classes]</c>: of a linear last layer the sums
    /// of the rows of its weights. Null where there is no gradient.
    /// </summary>
    public IReadOnlyList<double>? Head { get; init; }

    /// <summary>Why there is no directed noise, in words that may follow "no directed noise:"; null where there is.</summary>
    public string? Undirected { get; init; }

    /// <summary>
    /// For each class the largest margin that directed noise of any place and size leads to, in units of S, shape <c>[classes]</c>; null where there is none.
    /// </summary>
    /// <param name="inputs">Of inputs of this kind.</param>
    public double[]? DirectedMargins(ScreeningInputs inputs)
    {
        double[][] readings = [.. Directed.Where(r => r.Inputs == inputs).Select(r => r.Margins(Classes.Count))];
        return readings.Length == 0 ? null : [.. Classes.Select((_, c) => readings.Max(r => r[c]))];
    }
}

/// <summary>What noise shared by all inputs does to each class, for one kind of inputs and group of sites.</summary>
/// <param name="Inputs">Whether the inputs were data or noise.</param>
/// <param name="Sites">Name of the group: <c>early</c> (all hidden sites where there is one only) or <c>input</c>.</param>
/// <param name="Sigmas">Noise levels in units of each site's rms over the inputs.</param>
/// <param name="Gains">G_c at each level, see <see cref="CommonGain"/>, shape <c>[sigmas][classes]</c>.</param>
/// <param name="Pushes">
/// How far the direction found for a class pushes other inputs towards it, see <see cref="Probing.SharedNoise.Push"/>, shape <c>[classes][sigmas]</c>.
/// </param>
/// <param name="InputCount">Inputs that shared the noise; as many others were pushed.</param>
/// <param name="Draws">Draws of it.</param>
internal sealed record ScreeningResponse(
    ScreeningInputs Inputs, string Sites, IReadOnlyList<double> Sigmas, IReadOnlyList<double[]> Gains, IReadOnlyList<double[]> Pushes,
    int InputCount, int Draws)
{
    /// <summary>Mean over levels of log G_c, less the mean over classes, shape <c>[classes]</c>.</summary>
    public IReadOnlyList<double> Gain() => Centred([.. Enumerable.Range(0, Pushes.Count).Select(c => Gains.Average(level => Math.Log(level[c])))]);

    /// <summary>Mean over levels of the push, less the mean over classes, shape <c>[classes]</c>.</summary>
    public IReadOnlyList<double> Push() => Centred([.. Pushes.Select(levels => levels.Average())]);

    private static double[] Centred(double[] values) => values.Average() is var mean ? [.. values.Select(v => v - mean)] : [];
}

/// <summary>What a model was fed while it was screened.</summary>
public enum ScreeningInputs
{
    /// <summary>Standard normal numbers: nothing of the model's data is needed.</summary>
    Noise,

    /// <summary>Unlabelled samples.</summary>
    Data,
}
