namespace Apex.Analysis.Screening;

/// <summary>
/// How often screening says suspicious, measured on models that nothing was chosen on: the figures of docs/results/backdoor.md, which a test holds
/// against these. They are of small image classifiers of ten classes, and with references of eight of them.
/// </summary>
/// <param name="References">Whether references were given.</param>
/// <param name="Samples">Whether samples were given beside them; without references samples are not used.</param>
/// <param name="Poisoned">Poisoned models.</param>
/// <param name="Clean">Clean models, of which each called suspicious is a false alarm.</param>
/// <param name="ByAttack">The poisoned models by attack: patch, blend, signal, all-to-all.</param>
/// <param name="Found">What is found: one-target attacks on CIFAR-10.</param>
/// <param name="Missed">What is missed: blended and sinusoidal triggers on the residual networks of Fashion-MNIST.</param>
internal sealed record ScreeningRates(
    bool References, bool Samples, CalledSuspicious Poisoned, CalledSuspicious Clean,
    IReadOnlyList<CalledSuspicious> ByAttack, CalledSuspicious Found, CalledSuspicious Missed)
{
    /// <summary>Where the figures come from.</summary>
    public const string Source = "docs/results/backdoor.md";

    /// <summary>References that each model was held against where there were any.</summary>
    public const int ReferencesThere = 8;

    /// <summary>Models alone, with data or without.</summary>
    public static ScreeningRates Alone { get; } = Create(false, false, clean: 4, patch: 4, blend: 2, signal: 1, allToAll: 0, missed: 1);

    /// <summary>Models against references, inputs of noise.</summary>
    public static ScreeningRates AgainstReferences { get; } = Create(true, false, clean: 1, patch: 4, blend: 4, signal: 2, allToAll: 5, missed: 1);

    /// <summary>Models against references, with samples beside inputs of noise.</summary>
    public static ScreeningRates AgainstReferencesWithSamples { get; } = Create(true, true, clean: 0, patch: 5, blend: 2, signal: 2, allToAll: 4, missed: 0);

    /// <summary>
    /// The rates of screening as it was done; null where that was not measured: without a p-value, and with other views than shared noise.
    /// </summary>
    /// <param name="screen">A screening.</param>
    public static ScreeningRates? Of(BackdoorScreen screen)
    {
        ArgumentNullException.ThrowIfNull(screen);
        return screen.PValue is not { } p || double.IsNaN(p) || screen.Views.Any(v => v.Name != ScreeningView.SharedNoise) ? null
            : screen.References == 0 ? Alone
            : screen.Evidence.Any(r => r.Inputs == ScreeningInputs.Data) ? AgainstReferencesWithSamples : AgainstReferences;
    }

    private static ScreeningRates Create(bool references, bool samples, int clean, int patch, int blend, int signal, int allToAll, int missed) => new(
        references, samples, new("poisoned", patch + blend + signal + allToAll, 19), new("clean", clean, 20),
        [new("patch", patch, 5), new("blend", blend, 5), new("signal", signal, 4), new("all-to-all", allToAll, 5)],
        new("one target, CIFAR-10", 3, 3), new("blend and signal, residual networks of Fashion-MNIST", missed, 4));
}
