using System.CommandLine;
using Apex.Answers;
using Apex.Experiments;

namespace Apex.Cli.Commands;

/// <summary><c>apex sites MODEL</c>: what of a model can be perturbed.</summary>
internal static class SitesCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "An ONNX classifier, opset 9 or later." };
        var json = RunArguments.Json();
        var data = new Option<string?>("--data")
        {
            Description = "Show what the first sample of this data looks like to the network, and warn of what cannot be right.",
            HelpName = "SPEC",
        };
        var arguments = new ModelArguments();
        var command = new Command("sites", """
            List the sites of a model: its input, its logits, and each hidden activation that noise can be added to.

            Examples:
              apex sites resnet20.onnx
              apex sites vit.onnx --input-shape 3,224,224 --json
              apex sites model.onnx --data images/ --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
            """)
        { model, data, json };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!;
            var preprocessing = arguments.Preprocessing(parsed);
            using var prepared = PreparedModel.Open(
                path, arguments.Options(parsed), preprocessing, arguments.Classes(parsed), parsed.GetValue(data), limit: 32);
            Print.Answer(SitesAnswer.Of(prepared), parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
