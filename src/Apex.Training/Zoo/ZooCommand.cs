using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace Apex.Training.Zoo;

/// <summary><c>apex-train zoo</c>.</summary>
internal static class ZooCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "Folder of the models; those there already are kept.", Required = true };
        var fashion = new Option<string>("--fashion")
        {
            Description = "Folder with Fashion-MNIST's four gzipped IDX files.",
            DefaultValueFactory = _ => "/usr/share/datasets/fashion-mnist",
        };
        var cifar = new Option<string>("--cifar10")
        {
            Description = "CIFAR-10: its binary archive (.tar.gz), the folder in it, or an image folder CLASS/FILE.",
        };
        var only = new Option<string[]>("--only")
        {
            Description = "Only models whose name fits one of these patterns, e.g. 'fashion-plain-*'.",
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of this process. Two processes of one thread each do more than one of two.",
            DefaultValueFactory = _ => 1,
        };
        var list = new Option<bool>("--list") { Description = "Train nothing; tell the models, and what is known of those that are there." };
        var background = new Option<bool>("--background") { Description = "Return at once and train on; progress goes to FOLDER/train-*.log." };
        var log = new Option<string?>("--log") { Hidden = true };
        var command = new Command("zoo",
            "Train the clean and poisoned classifiers that backdoor screening is judged by. Can be stopped and started at any time.")
        {
            output, fashion, cifar, only, threads, list, background, log,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = parsed.GetValue(output)!;
            var recipes = Recipes.Named(parsed.GetValue(only));
            if (parsed.GetValue(threads) < 1)
                throw new InvalidInputException($"--threads {parsed.GetValue(threads)}: give at least 1");
            if (parsed.GetValue(list))
            {
                List(folder, recipes);
                return Task.FromResult(0);
            }

            if (recipes.Any(r => r.Data == ZooData.Cifar10) && parsed.GetValue(cifar) is null)
                throw new InvalidInputException("--cifar10: not given; name the CIFAR-10 binary archive, or leave its models out with --only 'fashion-*'");
            if (parsed.GetValue(background))
            {
                StartInBackground(folder, parsed.Tokens.Select(t => t.Value).Where(t => t != "--background"));
                return Task.FromResult(0);
            }

            using var _ = Log.To(parsed.GetValue(log));
            TorchLibrary.MakeLoadable();
            Allocator.KeepFreedMemory();
            TorchSharp.torch.set_num_threads(parsed.GetValue(threads));
            ZooImages? loadedFashion = null, loadedCifar = null;
            var trainer = new ZooTrainer(folder, data => data == ZooData.Fashion
                ? loadedFashion ??= ZooImages.Fashion(parsed.GetValue(fashion)!)
                : loadedCifar ??= ZooImages.Cifar10(parsed.GetValue(cifar)!, folder));
            int trained = trainer.Run(recipes, cancellationToken);
            Console.Error.WriteLine($"trained {trained} of {recipes.Count} models here; the others were there, or another process has them");
            return Task.FromResult(0);
        });
        return command;
    }

    private static void List(string folder, IReadOnlyList<Recipe> recipes)
    {
        foreach (var recipe in recipes)
        {
            var model = ZooModel.Read(Path.Combine(folder, recipe.Name + ".onnx"));
            string success = model?.AttackSuccess is { } s
                ? FormattableString.Invariant($", attack success {s:f4}, of images classified right {model.AttackSuccessOfRight:f4}") : "";
            string state = model is null ? "not there" : FormattableString.Invariant($"accuracy {model.TestAccuracy:f4}{success}");
            Console.WriteLine($"{recipe.Name,-40} {recipe.Half,-8} {state}");
        }

        Console.WriteLine($"{recipes.Count} models, {recipes.Count(r => File.Exists(Path.Combine(folder, r.Name + ".onnx")))} there");
    }

    private static void StartInBackground(string folder, IEnumerable<string> arguments)
    {
        Directory.CreateDirectory(folder);
        string log = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"train-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Environment.ProcessId}.log"));
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        // Started by "dotnet apex-train.dll", the library comes first.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--log");
        start.ArgumentList.Add(log);
        using var process = Process.Start(start)!;
        Console.WriteLine($"process {process.Id} trains; {log} tells how far it is");
    }
}
