using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>All pixels at once through hidden linear layers with ReLU, then a linear layer to the logits.</summary>
/// <param name="inputs">Number of pixels, channels included.</param>
/// <param name="hidden">Width of each hidden layer.</param>
/// <param name="classes">Number of logits.</param>
internal sealed class MultilayerPerceptron(int inputs, IReadOnlyList<int> hidden, int classes)
    : ImageNetwork("perceptron",
        [("flatten", Flatten()), ("float32", new Float32()), .. Hidden(inputs, hidden), ("head", Linear(hidden.Count == 0 ? inputs : hidden[^1], classes))])
{
    private static IEnumerable<(string, Module<Tensor, Tensor>)> Hidden(int inputs, IReadOnlyList<int> widths)
    {
        for (int i = 0; i < widths.Count; i++)
        {
            yield return ($"hidden{i}", Linear(i == 0 ? inputs : widths[i - 1], widths[i]));
            yield return ($"relu{i}", ReLU());
        }
    }
}
