using System.Text.Json;
using Apex.Analysis.Transitions;
using Apex.Observations;

namespace Apex.Experiments;

/// <summary>Taxonomies in files.</summary>
internal static class TaxonomyFile
{
    private const string Right = "give {\"group\": [\"class\", ...], ...}";

    extension(Taxonomy)
    {
        /// <summary>Reads <c>{"group": ["class", ...], ...}</c>.</summary>
        /// <param name="path">A JSON file.</param>
        /// <param name="classes">Class names of the run.</param>
        /// <exception cref="InvalidInputException">It is no such file, or does not give each class one group.</exception>
        public static Taxonomy Read(string path, IReadOnlyList<string> classes)
        {
            if (!File.Exists(path))
                throw new InvalidInputException($"{path}: no such file; {Right}");
            Dictionary<string, string[]>? groups;
            try
            {
                groups = JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(path), RunJson.Options);
            }
            catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
            {
                string where = error is JsonException { LineNumber: { } line } ? $" (line {line + 1})" : $": {error.Message.ReplaceLineEndings(" ")}";
                throw new InvalidInputException($"{path}: not a taxonomy{where}; {Right}", error);
            }

            if (groups is null || groups.Count == 0 || groups.Values.Any(g => g is null))
                throw new InvalidInputException($"{path}: not a taxonomy; {Right}");
            return Taxonomy.From(path, groups.Select(g => (g.Key, (IReadOnlyList<string>)g.Value)), classes);
        }
    }
}
