using System.CommandLine;

namespace Apex.Cli.Commands;

/// <summary>What <c>apex study</c> and the program that it hands over to both take.</summary>
internal sealed class StudyArguments
{
    /// <summary>The studies, in the order in which they run; the training project's registry has the same ones.</summary>
    public static IReadOnlyList<string> Studies { get; } = ["transition", "input", "regularity", "structure", "semantic", "bias", "spaces"];

    public Argument<string> Name { get; } = new("NAME") { Description = $"all, or one of {string.Join(", ", Studies)}." };

    public Option<bool> Quick { get; } = new("--quick")
    {
        Description = "Smaller models, fewer seeds and samples, trained on the built-in images: minutes, and nothing to download.",
    };

    public Option<string> Out { get; } = new("--out")
    {
        Description = "Folder of models, runs and results; what is there already is not made again.",
        DefaultValueFactory = _ => "apex-studies",
        HelpName = "DIR",
    };

    public Option<string> Fashion { get; } = new("--fashion")
    {
        Description = "Folder with Fashion-MNIST's four gzipped IDX files, where Debian's dataset-fashion-mnist puts them if not given; "
            + "a quick study does without.",
        DefaultValueFactory = _ => "/usr/share/datasets/fashion-mnist",
        HelpName = "DIR",
    };

    public Option<string?> Zoo { get; } = new("--zoo")
    {
        Description = "Folder of the zoo of clean and poisoned networks, trained where they are not there. Default: in --out.",
        HelpName = "DIR",
    };

    public Option<string?> Cifar10 { get; } = new("--cifar10")
    {
        Description = "CIFAR-10's training images (binary archive or folder), for the zoo's networks of them. Default: those are left out.",
        HelpName = "PATH",
    };

    public Option<string?> Scores { get; } = new("--cscores") { Description = "Published C-scores to hold regularity against.", HelpName = "FILE" };

    public Option<string?> ScoreData { get; } = new("--cscore-data") { Description = "The images that they score.", HelpName = "SPEC" };

    public Option<string?> ScoreModel { get; } = new("--cscore-model")
    {
        Description = "An ONNX classifier of those images, with its sidecar.",
        HelpName = "MODEL",
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };

    /// <summary>The command with its help, and nothing that it does yet.</summary>
    public Command CreateCommand() => new("study", """
        Put claims of the method to the test on networks that are trained here: each claim with its figures, intervals and a
        verdict. Needs the training project (TorchSharp), from a clone of the repository or beside this command. Can be stopped
        at any time and goes on where it was.

        Examples:
          apex study all --quick
          apex study structure --out studies --json
        """)
    {
        Name, Quick, Out, Fashion, Zoo, Cifar10, Scores, ScoreData, ScoreModel, Json,
    };

    /// <summary>Refuses a study that there is not.</summary>
    /// <exception cref="InvalidInputException">There is no such study.</exception>
    public static string Checked(string name) => name == "all" || Studies.Contains(name)
        ? name
        : throw new InvalidInputException($"{name}: no such study; give all, or one of {string.Join(", ", Studies)}");
}
