using Apex.Analysis.Screening;
using Apex.Data;

namespace Apex.Experiments;

/// <summary>The directed noise of the suspected class: what it looks like, and what it does.</summary>
/// <param name="Inputs">Whether the inputs were data or noise.</param>
/// <param name="Place">Where the noise is.</param>
/// <param name="Size">The radius on the whole input; the edge of the window.</param>
/// <param name="Target">The suspected class.</param>
/// <param name="Shape">Shape of the noise, that of the network's input.</param>
/// <param name="Noise">What its noise looks like; null where the input is no picture.</param>
/// <param name="Next">The class whose score comes next.</param>
/// <param name="NextNoise">What its noise looks like.</param>
/// <param name="References">What the noise of the suspected class looks like in clean models, by their names.</param>
/// <param name="Radii">Radii on the whole input, ascending.</param>
/// <param name="Shares">Share of the inputs of other classes that the worst noise of each radius carries to the suspected class.</param>
/// <param name="NextShares">The same to the next class.</param>
/// <param name="Examples">Inputs without and with the noise, those of other classes first.</param>
internal sealed record RecoveredTrigger(
    ScreeningInputs Inputs, DirectedPlace Place, double Size, DirectedClass Target, IReadOnlyList<int> Shape, SampleInput? Noise, int Next,
    SampleInput? NextNoise, IReadOnlyList<(string Model, SampleInput? Noise)> References, IReadOnlyList<double> Radii, IReadOnlyList<double> Shares,
    IReadOnlyList<double> NextShares, IReadOnlyList<TriggerExample> Examples);

/// <summary>An input without and with the noise.</summary>
/// <param name="Without">The input; null where it is no picture.</param>
/// <param name="With">The input with the noise.</param>
/// <param name="Before">What it is predicted as.</param>
/// <param name="After">What it is predicted as with the noise.</param>
internal sealed record TriggerExample(SampleInput? Without, SampleInput? With, int Before, int After);
