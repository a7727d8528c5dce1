using Apex.Sites;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>One run of a hooked module within a pass. A module that runs twice has two.</summary>
/// <param name="Module">The module.</param>
/// <param name="Path">Where it stands.</param>
/// <param name="Site">The site that its output is, or null where it is none.</param>
/// <param name="BatchAxis">Axis of its output that is the batch.</param>
/// <param name="ReadsLogits">Whether the logits are what it reads.</param>
internal sealed record TorchCall(Module Module, string Path, Site? Site, int BatchAxis, bool ReadsLogits)
{
    /// <summary>A site's values with the batch first, shape <c>[rows, elements]</c>.</summary>
    public Tensor RowsFirst(Tensor output, int rows) => (BatchAxis == 0 ? output : output.movedim([BatchAxis], [0])).reshape(rows, -1);

    /// <summary>The output with something added to each row.</summary>
    /// <param name="output">What the module made.</param>
    /// <param name="noise">Shape <c>[rows, elements]</c>.</param>
    public Tensor Add(Tensor output, Tensor noise)
    {
        long[] shape = output.shape;
        if (BatchAxis == 0)
            return output.Plus(noise.reshape(shape).to(output.dtype));
        long[] rowsFirst = [shape[BatchAxis], .. shape.Where((_, axis) => axis != BatchAxis)];
        return output.Plus(noise.reshape(rowsFirst).movedim([0], [BatchAxis]).to(output.dtype));
    }
}
