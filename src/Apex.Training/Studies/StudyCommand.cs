using System.CommandLine;
using System.Diagnostics;
using Apex.Cli.Commands;
using Apex.Data;
using Apex.Models;
using Apex.Models.Onnx;

namespace Apex.Training.Studies;

/// <summary><c>apex-train study</c>, which <c>apex study</c> starts.</summary>
internal static class StudyCommand
{
    public static Command Create()
    {
        var arguments = new StudyArguments();
        var attached = new Option<bool>("--attached") { Hidden = true };
        var command = arguments.CreateCommand();
        command.Options.Add(attached);
        command.SetAction(async (parsed, stopped) =>
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopped);
            var cancellationToken = ended.Token;
            if (parsed.GetValue(attached))
                EndWithParent(ended);
            var studies = StudyRegistry.Named(parsed.GetValue(arguments.Name)!);
            bool small = parsed.GetValue(arguments.Quick);
            if (!small && !File.Exists(Path.Combine(parsed.GetValue(arguments.Fashion)!, "train-images-idx3-ubyte.gz")))
                throw new InvalidInputException(
                    $"--fashion {parsed.GetValue(arguments.Fashion)}: has no train-images-idx3-ubyte.gz; "
                        + "install Debian's dataset-fashion-mnist, name the folder of Fashion-MNIST's files, or give --quick");
            if (small && ((Option[])[arguments.Fashion, arguments.Zoo, arguments.Cifar10, arguments.Scores, arguments.ScoreData, arguments.ScoreModel])
                .FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } given)
                throw new InvalidInputException($"{given.Name} goes without --quick, which needs nothing but the built-in images");
            string?[] published = [parsed.GetValue(arguments.Scores), parsed.GetValue(arguments.ScoreData), parsed.GetValue(arguments.ScoreModel)];
            if (published.Any(p => p is not null) && published.Any(p => p is null))
                throw new InvalidInputException(
                    "--cscores, --cscore-data and --cscore-model go together: scores, the images that they score, and a classifier of those");
            // Told before the hours of training, not after.
            if (published is [{ } givenScores, { } givenData, { } givenModel])
                _ = (ScoreFile.Open(givenScores), Dataset.Open(givenData), ModelSetup.Load(givenModel, new OnnxOptions(), null));

            if (parsed.GetValue(arguments.Cifar10) is { } images && !File.Exists(images) && !Directory.Exists(images))
                throw new InvalidInputException($"--cifar10 {images}: neither an archive nor a folder");
            string folder = Path.Combine(parsed.GetValue(arguments.Out)!, small ? "quick" : "full");
            using var held = Hold(folder);

            TorchLibrary.MakeLoadable();
            Allocator.KeepFreedMemory();
            TorchSharp.torch.set_num_threads(1);
            var context = new StudyContext(new StudyOptions
            {
                Folder = folder,
                Quick = small,
                Fashion = parsed.GetValue(arguments.Fashion)!,
                Zoo = parsed.GetValue(arguments.Zoo),
                Cifar10 = parsed.GetValue(arguments.Cifar10),
                Published = published is [{ } file, { } data, { } model] ? (file, data, model) : null,
            }, cancellationToken);
            string told = $"apex study {parsed.GetValue(arguments.Name)}" + (small ? " --quick" : "")
                + (parsed.GetValue(arguments.Cifar10) is null ? "" : " --cifar10 PATH")
                + (published[0] is null ? "" : " --cscores FILE --cscore-data SPEC --cscore-model MODEL");
            var results = new List<StudyResult>();
            foreach (var study in studies)
            {
                var clock = Stopwatch.StartNew();
                Console.Error.WriteLine($"study {results.Count + 1} of {studies.Count}: {study.Name}");
                results.Add(await context.RunAsync(study));
                Console.Error.WriteLine(FormattableString.Invariant($"study {study.Name}: {clock.Elapsed.TotalSeconds:f0} s"));
                WholeFile.Replace(Path.Combine(folder, study.Name + ".json"), StudyReport.Json([results[^1]], small, told));
            }

            string markdown = string.Join('\n', StudyReport.Markdown(results, told)) + "\n";
            string kept = Path.Combine(folder, parsed.GetValue(arguments.Name) + ".md");
            WholeFile.Replace(kept, markdown);
            Console.Out.Write(parsed.GetValue(arguments.Json) ? StudyReport.Json(results, small, told) : string.Join('\n', StudyReport.Claims(results)) + "\n");
            Console.Error.WriteLine($"every figure: {kept}");
            return 0;
        });
        return command;
    }

    /// <summary>Standard input is a pipe that closes when the command that started this one ends, however it ends: then nobody waits for the studies.</summary>
    private static void EndWithParent(CancellationTokenSource ended)
    {
        new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
                // Nothing is sent.
            }

            try
            {
                ended.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The studies were done first.
            }
        })
        { IsBackground = true }.Start();
    }

    /// <summary>Two programs in one folder would train the same networks and write the same runs.</summary>
    private static FileStream Hold(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string message = File.Exists(Path.Combine(folder, "lock"))
                ? $"--out: another study is at work in {folder}; wait for it, or give another folder"
                : $"--out: {folder} cannot be written to ({error.Message})";
            throw new InvalidInputException(message, error);
        }
    }
}
