using System.CommandLine;
using System.Diagnostics;

namespace Apex.Training.Studies;

/// <summary><c>apex-train study</c>, which <c>apex study</c> starts.</summary>
internal static class StudyCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = $"all, or one of {string.Join(", ", StudyRegistry.All.Select(s => s.Name))}." };
        var quick = new Option<bool>("--quick") { Description = "Smaller models, fewer seeds and samples, trained on the built-in images: minutes, and nothing to download." };
        var output = new Option<string>("--out") { Description = "Folder of models, runs and results; what is there already is not made again.", DefaultValueFactory = _ => "apex-studies", HelpName = "DIR" };
        var fashion = new Option<string>("--fashion") { Description = "Folder with Fashion-MNIST's four gzipped IDX files; a quick study does without.", DefaultValueFactory = _ => "/usr/share/datasets/fashion-mnist", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("study", """
            Put claims of the method to the test on networks trained here: each claim with its figures, intervals and a verdict. Can be
            stopped at any time and goes on where it was.

            Examples:
              apex study all --quick
              apex study structure --out studies
            """)
        { name, quick, output, fashion, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var studies = StudyRegistry.Named(parsed.GetValue(name)!);
            string folder = Path.Combine(parsed.GetValue(output)!, parsed.GetValue(quick) ? "quick" : "full");
            if (!parsed.GetValue(quick) && !File.Exists(Path.Combine(parsed.GetValue(fashion)!, "train-images-idx3-ubyte.gz")))
                throw new InvalidInputException($"--fashion {parsed.GetValue(fashion)}: has no train-images-idx3-ubyte.gz; install Debian's dataset-fashion-mnist, name the folder of Fashion-MNIST's files, or give --quick");
            TorchLibrary.MakeLoadable();
            Allocator.KeepFreedMemory();
            var context = new StudyContext(folder, parsed.GetValue(quick), parsed.GetValue(fashion)!, cancellationToken);
            var results = new List<StudyResult>();
            foreach (var study in studies)
            {
                var clock = Stopwatch.StartNew();
                Console.Error.WriteLine($"study {results.Count + 1} of {studies.Count}: {study.Name}");
                results.Add(await study.RunAsync(context));
                Console.Error.WriteLine(FormattableString.Invariant($"study {study.Name}: {clock.Elapsed.TotalSeconds:f0} s"));
                Write(Path.Combine(folder, study.Name + ".json"), StudyReport.Json([results[^1]], context.Quick));
            }

            string told = $"apex study {parsed.GetValue(name)}{(context.Quick ? " --quick" : "")}";
            string markdown = string.Join('\n', StudyReport.Markdown(results, told)) + "\n";
            Write(Path.Combine(folder, parsed.GetValue(name) + ".md"), markdown);
            Console.Out.Write(parsed.GetValue(json) ? StudyReport.Json(results, context.Quick) : markdown);
            return 0;
        });
        return command;
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }
}
