using System.CommandLine;

namespace Apex.Training.Zoo;

/// <summary><c>apex-train judge</c>.</summary>
internal static class JudgeCommand
{
    public static Command Create()
    {
        var zoo = new Option<string?>("--zoo") { Description = "Folder that `apex-train zoo` filled. Not needed where --measured holds all." };
        var measured = new Option<string?>("--measured")
        {
            Description = "File of what was measured, a model a line: what it holds is not measured again, what is missing is added. "
                + "Default: measured.jsonl in --zoo.",
        };
        var onlyMeasure = new Option<bool>("--only-measure") { Description = "Measure what is there and print no table." };
        var fashion = new Option<string>("--fashion")
        {
            Description = "Unlabelled Fashion-MNIST images to screen with.",
            DefaultValueFactory = _ => "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz",
        };
        var cifar = new Option<string?>("--cifar10") { Description = "Unlabelled CIFAR-10 images to screen with, e.g. test_batch.bin of the binary archive." };
        var half = new Option<ZooHalf>("--half")
        {
            Description = "Which half to judge; the one for choosing only while a statistic is being made.",
            DefaultValueFactory = _ => ZooHalf.HoldOut,
        };
        var only = new Option<string[]>("--only")
        {
            Description = "Only models whose name fits one of these patterns, e.g. 'fashion-plain-*'.",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("judge", "Screen the models of a zoo and tell how well that finds the poisoned ones, as Markdown. "
            + "The clean models of the half for choosing are the references.")
        {
            zoo, measured, fashion, cifar, half, only, onlyMeasure,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? folder = parsed.GetValue(zoo);
            string file = parsed.GetValue(measured)
                ?? Path.Combine(folder ?? throw new InvalidInputException("--zoo: not given; name the zoo's folder, or --measured"), "measured.jsonl");
            var screening = new ZooScreening(folder, file, data => data == ZooData.Fashion ? parsed.GetValue(fashion)!
                // Measured already, images are not opened.
                : folder is null ? "" : parsed.GetValue(cifar)
                    ?? throw new InvalidInputException("--cifar10: not given; name unlabelled CIFAR-10 images, e.g. test_batch.bin of the binary archive"));
            var judged = parsed.GetValue(half);
            bool measures = parsed.GetValue(onlyMeasure);
            var models = new List<ScreenedModel>();
            Recipe[] wanted = [.. Recipes.Named(parsed.GetValue(only))
                .Where(r => measures || r.Half == judged || r is { Half: ZooHalf.Choose, Attack: Attack.Clean })];
            Recipe[] recipes = [.. wanted.Where(screening.Has)];
            if (recipes.Length < wanted.Length)
                Console.Error.WriteLine($"not there: {string.Join(", ", wanted.Except(recipes).Select(r => r.Name))}");
            foreach (var recipe in recipes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                models.Add(await screening.MeasureAsync(recipe, cancellationToken));
                Console.Error.WriteLine(FormattableString.Invariant($"{models.Count}/{recipes.Length} {recipe.Name} {models[^1].Seconds:f1} s"));
            }

            if (measures)
                return 0;
            var verdicts = new ZooVerdicts([.. models.Where(m => m.Model.Recipe.Half == judged)],
                [.. models.Where(m => m.Model.Recipe.Half == ZooHalf.Choose)]);
            foreach (string line in verdicts.Markdown())
                Console.WriteLine(line);
            Console.Error.WriteLine(verdicts.Calibration());
            return 0;
        });
        return command;
    }
}
