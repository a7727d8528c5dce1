using Apex.Analysis;
using Apex.Facts;
using Apex.Probing;

namespace Apex.Training.Studies;

/// <summary>The networks and probes that several studies look at, so that they are made once.</summary>
internal static class StudyProbes
{
    /// <summary>Perturbation spaces, the method's own first.</summary>
    public static IReadOnlyList<NoiseSpace> Spaces { get; } = [NoiseSpace.Activation, NoiseSpace.Input, NoiseSpace.Parameter];

    /// <summary>A space in words.</summary>
    public static string Named(NoiseSpace space) =>
        space switch { NoiseSpace.Input => "input noise", NoiseSpace.Parameter => "parameter noise", _ => "activation noise" };

    /// <summary>A plain network that learned some true labels by heart.</summary>
    public static StudyModel Memorised(StudyContext context) => new(FashionNetwork.Plain, context.Quick ? 2000 : 5000, 1, 100) { Memorises = true };

    /// <summary>The networks that studies of one network look at, with images for each.</summary>
    public static (string Name, string Model, string Images)[] Pair(StudyContext context) =>
        [("residual, built-in", context.UseBuiltIn(), StudyContext.BuiltInImages), ("plain", context.Train(Memorised(context)), context.TrainingImages)];

    /// <summary>A network that memorised random labels, or true ones where the share is 0.</summary>
    public static StudyModel Structure(StudyContext context, FashionNetwork network, double share, int seed) =>
        new(network, context.Quick ? 1000 : 5000, seed, MostEpochs(network)) { Memorises = true, RandomLabels = share };

    /// <summary>Enough for all random labels of 5,000 images; nearly all networks end earlier.</summary>
    private static int MostEpochs(FashionNetwork network) => network switch { FashionNetwork.Perceptron => 300, FashionNetwork.Plain => 240, _ => 60 };

    /// <summary>The seeds of networks that memorise.</summary>
    public static int[] StructureSeeds(StudyContext context) => [.. Enumerable.Range(1, context.Quick ? 3 : 5)];

    /// <summary>Probes such a network on its own training images.</summary>
    public static Task<RunObservations> StructureAsync(StudyContext context, string model,
        NoiseSpace space = NoiseSpace.Activation, NoiseScale scale = NoiseScale.Absolute) =>
        context.ProbeAsync(model, context.TrainingImages, context.Quick ? 200 : 1000,
            new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 12.8, 21), Draws = 16, Scale = scale, Space = space });

    /// <summary>Probes at small noise for transitions between classes.</summary>
    public static Task<RunObservations> SemanticAsync(StudyContext context, string model,
        string images, NoiseSpace space = NoiseSpace.Activation, ulong seed = 0) =>
        context.ProbeAsync(model, images, context.Quick ? 300 : 2000,
            new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 0.8, 13), Draws = 16, Space = space, Seed = seed });

    /// <summary>The networks whose regularity is held against consistency: trained on all images that there are.</summary>
    public static IReadOnlyList<(string Name, string Model)> Subjects(StudyContext context)
    {
        string plain = context.Train(new StudyModel(FashionNetwork.Plain, context.TrainingCount, 1, ConsistencyScores.Epochs(context)));
        return context.Quick ? [("plain", plain)] : [("plain", plain), ("residual, built-in", context.UseBuiltIn())];
    }

    /// <summary>Probes such a network for the regularity of its training images.</summary>
    public static Task<RunObservations> RegularityAsync(StudyContext context, string model, NoiseSpace space = NoiseSpace.Activation) =>
        context.ProbeAsync(model, context.TrainingImages, ConsistencyScores.Samples(context),
            new ProbeOptions { Sigmas = SigmaGrid.Geometric(0.0125, 0.8, 13), Draws = 16, Space = space });
}
