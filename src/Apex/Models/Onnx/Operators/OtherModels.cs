namespace Apex.Models.Onnx.Operators;

/// <summary>Machine learning without networks: models of other kinds, which decide by comparisons or kernels, and what stands around them.</summary>
internal static class OtherModels
{
    public static Operator[] Rows { get; } =
    [
        new("TreeEnsembleClassifier") { Domain = Domains.Classical, OtherModel = "decision trees" },
        new("TreeEnsembleRegressor") { Domain = Domains.Classical, OtherModel = "decision trees" },
        new("TreeEnsemble") { Domain = Domains.Classical, OtherModel = "decision trees" },
        new("SVMClassifier") { Domain = Domains.Classical, OtherModel = "a support vector machine" },
        new("SVMRegressor") { Domain = Domains.Classical, OtherModel = "a support vector machine" },
        new("LinearClassifier") { Domain = Domains.Classical, Linear = Linearity.Together },
        new("LinearRegressor") { Domain = Domains.Classical, Linear = Linearity.Together },
        new("Scaler") { Domain = Domains.Classical, Linear = Linearity.Together },
        new("FeatureVectorizer") { Domain = Domains.Classical, Linear = Linearity.Together },
        new("ZipMap") { Domain = Domains.Classical, Passes = Passage.AtOutput },
        // An experiment of the first opsets.
        new("ImageScaler") { Linear = Linearity.Together },
    ];
}
