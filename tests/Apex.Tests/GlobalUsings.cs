global using Apex.Models.Onnx.Graphs;
global using Apex.Models.Onnx.Reading;
global using Apex.Models.Onnx.Rewriting;
