using System.CommandLine;
using Apex.Models;
using Apex.Models.Onnx;
using Apex.Reporting;

namespace Apex.Cli.Commands;

/// <summary><c>apex sites MODEL</c>: what of a model can be perturbed.</summary>
internal static class SitesCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "An ONNX classifier, opset 9 or later." };
        var json = new Option<bool>("--json") { Description = "Print JSON (schema: docs/cli.schema.json)." };
        var arguments = new ModelArguments();
        var command = new Command("sites", """
            List the sites of a model: its input, its logits, and each hidden activation that noise can be added to.

            Examples:
              apex sites resnet20.onnx
              apex sites vit.onnx --input-shape 3,224,224 --json
            """)
        { model, json };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!;
            var (loaded, preprocessing, sidecar) = ModelSetup.Load(path, arguments.Options(parsed), arguments.Preprocessing(parsed));
            using var classifier = OnnxClassifier.Bind(loaded, sidecar?.InputShape);
            var classes = ModelSetup.ClassNames(arguments.Classes(parsed), sidecar, null, classifier.Classes, path);
            var report = SitesReport.Of(loaded, classifier, preprocessing, classes);
            Console.Out.Write(parsed.GetValue(json) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }
}
