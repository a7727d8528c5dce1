namespace Apex.Analysis.Screening;

/// <summary>What was measured of a model for <see cref="BackdoorScreen"/>.</summary>
/// <param name="Model">Name, for people.</param>
/// <param name="Classes">Class names.</param>
/// <param name="Architecture">Op and shape of every site: what reference models must share.</param>
/// <param name="Responses">One for each kind of inputs, group of sites and level.</param>
/// <param name="Limit">Predictions in the limit of infinite noise on all sites; null where the network has no limit.</param>
public sealed record ScreeningProfile(string Model, IReadOnlyList<string> Classes, string Architecture, IReadOnlyList<ScreeningResponse> Responses, LargeNoise.ClassBias? Limit);

/// <summary>The common gain of each class for one kind of inputs, group of sites and level.</summary>
/// <param name="Inputs">Whether the inputs were data or noise.</param>
/// <param name="Sites">Name of the group: <c>early</c> (<c>all</c> where there is one site only) or <c>input</c>.</param>
/// <param name="Sigma">Noise level in units of each site's rms over the inputs.</param>
/// <param name="Gains">G_c, shape <c>[classes]</c>, see <see cref="CommonGain"/>.</param>
/// <param name="InputCount">Inputs that shared the noise.</param>
/// <param name="Draws">Draws of it.</param>
public sealed record ScreeningResponse(ScreeningInputs Inputs, string Sites, double Sigma, IReadOnlyList<double> Gains, int InputCount, int Draws);

/// <summary>What a model was fed while it was screened.</summary>
public enum ScreeningInputs
{
    /// <summary>Standard normal numbers: nothing of the model's data is needed.</summary>
    Noise,

    /// <summary>Unlabelled samples.</summary>
    Data,
}
