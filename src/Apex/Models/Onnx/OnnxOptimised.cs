using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Native;
using Apex.Models.Onnx.Rewriting;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>
/// A graph as ONNX Runtime optimised it, with <see cref="PerturbOperator"/> in place of the marks. Convolutions stay fused with
/// their activation and in the blocked layout, which an addition of graph inputs would break up.
/// </summary>
internal static class OnnxOptimised
{
    public const string BlockedDomain = "com.microsoft.nchwc";

    /// <summary>Optimises a marked model and replaces its marks.</summary>
    /// <param name="marked">The model.</param>
    /// <param name="sites">What the marks stand for.</param>
    /// <param name="rows">Batch rows.</param>
    /// <param name="noises">Noises for the rows to share.</param>
    /// <param name="carried">Inputs that were carried into the blocked layout, with the numbers of <see cref="OnnxRewriter.Carry"/>.</param>
    /// <returns>The model, with the sites and the inputs that are blocked; null where a mark did not survive or a layout is not known.</returns>
    public static Result? Find(byte[] marked, IReadOnlyList<MarkedSite> sites, int rows, int noises, IReadOnlyList<(string Tensor, int Number)> carried)
    {
        if (Optimise(marked) is not { } model)
            return null;
        var graph = model.Graph;
        var marks = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Node.Where(n => n.OpType == OnnxRewriter.MarkOp && n.Input.Count == 1))
            marks.TryAdd(node.Name, node);
        var inBlocks = BlockedTensors(graph);
        var readers = graph.Node.SelectMany(n => n.Input).GroupBy(t => t, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var blockedInputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (tensor, number) in carried)
        {
            if (!RemoveCarrier(graph, tensor, OnnxRewriter.CarryName(number), out bool inBlock))
                return null;
            if (!inBlock)
                continue;
            blockedInputs.Add(tensor);
            inBlocks.Add(tensor);
        }

        var blocked = new HashSet<int>();
        foreach (var site in sites)
        {
            if (!marks.TryGetValue(OnnxRewriter.MarkName(site.Number), out var mark))
                return null;
            string tensor = mark.Input[0];
            int[] dims = site.Dims;
            if (inBlocks.Contains(tensor))
            {
                if (dims.Length != 4 || BlockedLayout.Block == 0)
                    return null;
                dims = [dims[0], BlockedLayout.Padded(dims[1]), dims[2], dims[3]];
                blocked.Add(site.Number);
            }

            var (noise, scale) = OnnxRewriter.NoiseInputs(graph, site.Number, noises, dims.Aggregate(1, (product, d) => checked(product * d)) / rows, rows);
            mark.OpType = PerturbOperator.Plain;
            mark.Domain = PerturbOperator.Domain;
            mark.Input.AddRange([noise, scale, OnnxRewriter.ChoiceName]);
            // A Relu that nothing else reads is done in the same pass.
            var producer = graph.Node.FirstOrDefault(n => n.Output.Contains(tensor));
            if (producer is { OpType: "Relu", Domain: "" or "ai.onnx" } && readers[tensor] == 1 && graph.Output.All(o => o.Name != tensor))
            {
                mark.OpType = PerturbOperator.AfterRelu;
                mark.Input[0] = producer.Input[0];
                graph.Node.Remove(producer);
            }
        }

        model.OpsetImport.Add(new OperatorSetIdProto { Domain = PerturbOperator.Domain, Version = 1 });
        return new Result(model.ToByteArray(), blocked, blockedInputs);
    }

    /// <summary>Takes a pooling of one element out again, and the reordering before it: the input comes in blocks then.</summary>
    private static bool RemoveCarrier(GraphProto graph, string tensor, string name, out bool blocked)
    {
        blocked = false;
        var carrier = graph.Node.FirstOrDefault(n => n.OpType == "MaxPool" && (n.Name == name || n.Name == name + "_nchwc"));
        if (carrier is null)
            return false;
        string from = carrier.Input[0];
        if (carrier.Domain == BlockedDomain)
        {
            var reorder = graph.Node.FirstOrDefault(n => n.Output.Contains(from));
            var input = graph.Input.FirstOrDefault(i => i.Name == tensor);
            if (reorder is not { OpType: "ReorderInput", Domain: BlockedDomain } || reorder.Input[0] != tensor || input is null || BlockedLayout.Block == 0 ||
                graph.Node.Any(n => n != reorder && n.Input.Contains(tensor)) || graph.Node.Any(n => n != carrier && n.Input.Contains(from)))
                return false;
            var channels = input.Type.TensorType.Shape.Dim[1];
            channels.DimValue = BlockedLayout.Padded((int)channels.DimValue);
            graph.Node.Remove(reorder);
            blocked = true;
        }

        graph.Node.Remove(carrier);
        foreach (var node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == carrier.Output[0])
                    node.Input[i] = tensor;
            }
        }

        return true;
    }

    private static ModelProto? Optimise(byte[] marked)
    {
        string? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("apex-").FullName;
            string path = Path.Combine(folder, "optimised.onnx");
            OnnxSession.Optimise(marked, path);
            return ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is OnnxRuntimeException or IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            // No room for temporary files, say: the plain graph does the same, slower.
            return null;
        }
        finally
        {
            if (folder is not null)
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Tensors in the blocked layout: what its operators make, and what elementwise operators make of that.</summary>
    private static HashSet<string> BlockedTensors(GraphProto graph)
    {
        var blocked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            bool here = node.Domain == BlockedDomain ? node.OpType != "ReorderOutput" : node.Input.Any(blocked.Contains);
            if (here)
                blocked.UnionWith(node.Output);
        }

        return blocked;
    }

    /// <param name="Model">The model.</param>
    /// <param name="BlockedSites">Numbers of the sites whose noise is read in blocks.</param>
    /// <param name="BlockedInputs">Inputs that are read in blocks.</param>
    internal sealed record Result(byte[] Model, HashSet<int> BlockedSites, HashSet<string> BlockedInputs);

    /// <param name="Number">The site's index.</param>
    /// <param name="Dims">Shape of its activation, batch rows first.</param>
    internal readonly record struct MarkedSite(int Number, int[] Dims);
}
