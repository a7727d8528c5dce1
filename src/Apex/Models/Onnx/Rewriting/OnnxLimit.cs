using Apex.Models.Onnx.Graphs;
using Apex.Models.Onnx.Operators;
using Apex.Models.Onnx.Reading;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>
/// Rewrites a graph into its limit of infinite noise (docs/method.md, section 3): divide by sigma and let it grow, and every activation function
/// keeps its recession function lim phi(t z) / t, while biases, batch-norm shifts, additive constants and the input vanish. What is
/// left is positively homogeneous in the noise. What becomes of an operator is its row's <see cref="Operator.Limit"/>.
/// </summary>
internal static class OnnxLimit
{
    /// <summary>The limit of a model's graph. Tensors keep their names.</summary>
    /// <exception cref="InvalidInputException">An operator between input and logits has no such limit.</exception>
    public static ModelProto Of(OnnxModel model)
    {
        var proto = model.Proto.Clone();
        var graph = new OnnxGraph(proto.Graph, model.Path);
        var limit = new LimitBuilder(model.Path, graph);
        limit.AddLive([model.Input.Name]);
        if (model.Input.IsTokens)
            limit.AddTokens([model.Input.Name]);
        var needed = graph.Upstream(model.Logits);
        var (composed, inside) = new OnnxActivations(graph).Compositions([.. proto.Graph.Node.Where(n => n.Output.Any(needed.Contains))]);
        foreach (var node in proto.Graph.Node)
        {
            if (!node.Output.Any(needed.Contains))
                continue;
            var row = OperatorTable.Of(node);
            if (!node.Input.Any(limit.IsLive) || row.Shape == ShapeUse.Made)
            {
                limit.Add(node);
                continue;
            }

            // A composed activation is replaced as a whole where it ends; what is inside it goes.
            if (inside.Contains(node))
            {
                limit.AddLive(node.Output);
                continue;
            }

            if (!row.LooksUp && node.Input.Where(limit.IsLive).All(limit.IsTokens))
                limit.AddTokens(node.Output);
            if (composed.TryGetValue(node, out var activation))
            {
                if (!activation.IsWhole)
                    throw limit.Refuse(node, "multiplies two activations that both get noise");
                OperatorTable.Named(activation.Op).Limit.Rewrite(limit, node, activation.Source);
            }
            else
                row.Limit.Rewrite(limit, node, node.Input[0]);
            limit.AddLive(node.Output);
            limit.Add(node);
        }

        proto.Graph.Node.Clear();
        proto.Graph.Node.AddRange(limit.Nodes);
        // Other outputs may hang on nodes that are gone.
        foreach (var output in proto.Graph.Output.Where(o => !needed.Contains(o.Name)).ToList())
            proto.Graph.Output.Remove(output);
        return proto;
    }
}
