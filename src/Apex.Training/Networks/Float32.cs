using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>Back to single precision, for the layers that train in it.</summary>
internal sealed class Float32() : Module<Tensor, Tensor>("float32")
{
    public override Tensor forward(Tensor input) => input.to(float32);
}
