using System.Text.RegularExpressions;
using Xunit;

namespace Apex.Tests.Docs;

/// <summary>
/// What documents and comments refer to is there: the links of the documents with their anchors, the sections of documents that code names, and paths below
/// <c>docs</c>. Files are looked for in the folder that holds <c>Apex.slnx</c>; without it these tests fail.
/// </summary>
public partial class ReferenceTests
{
    /// <summary>Made by a build or a run, and named in the documents as such.</summary>
    private static readonly string[] Generated = ["docs/api/_site"];

    /// <summary>Folders of what is not source: see .gitignore.</summary>
    private static readonly string[] Ignored = ["bin", "obj", "node_modules", "_site", "TestResults", "apex-runs"];

    private static readonly string[] DocumentFolders = ["docs", "src", "bench", "examples"], CodeFolders = ["src", "tests", "bench", "examples"];

    private static readonly string _root = Repository.Root;

    private static readonly Document[] _documents = [.. Files("*.md", DocumentFolders, "README.md", "CHANGELOG.md").Select(Document.Read)];

    [Fact]
    public void Every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading()
    {
        var broken = new List<string>();
        int seen = 0;
        foreach (var document in _documents)
        {
            foreach (var (line, target) in document.Links())
            {
                seen++;
                string[] parts = Uri.UnescapeDataString(target).Split('#', 2);
                string path = parts[0].Length == 0 ? document.Path : Below(Path.Combine(Path.GetDirectoryName(document.Path)!, parts[0]));
                if (!Path.Exists(Path.Combine(_root, path)))
                    broken.Add($"{document.Path}:{line}: {target}: no such file");
                else if (parts.Length == 2 && path.EndsWith(".md", StringComparison.Ordinal) && !Find(path).Anchors().Contains(parts[1]))
                    broken.Add($"{document.Path}:{line}: {target}: {path} has no such heading");
            }
        }

        Assert.True(seen > 100, $"{seen} relative links in {_documents.Length} documents: where are they?");
        AssertNone(broken);
    }

    [Fact]
    public void Every_section_that_code_refers_to_is_there()
    {
        var broken = new List<string>();
        int seen = 0;
        foreach (string file in Files("*.cs", CodeFolders))
        {
            string text = Read(file);
            foreach (Match reference in Section().Matches(text))
            {
                seen++;
                var (path, section) = (reference.Groups["path"].Value, reference.Groups["section"].Value);
                if (!File.Exists(Path.Combine(_root, path)))
                    broken.Add($"{file}:{LineOf(text, reference.Index)}: {path}: no such file");
                else if (!Find(path).Headings.Any(h => h.StartsWith(section + ".", StringComparison.Ordinal)))
                    broken.Add($"{file}:{LineOf(text, reference.Index)}: {path} has no heading that begins with {section}.");
            }
        }

        Assert.True(seen > 20, $"{seen} references to sections: where are they?");
        AssertNone(broken);
    }

    [Fact]
    public void Every_path_below_docs_that_code_or_documents_name_exists()
    {
        var named = Files("*.cs", CodeFolders).SelectMany(file => Named(file, Read(file).Split('\n')))
            .Concat(_documents.Where(d => d.Path == "README.md" || d.Path.StartsWith("docs/", StringComparison.Ordinal))
                .SelectMany(d => Named(d.Path, d.Code()))).ToList();
        Assert.True(named.Count > 20, $"{named.Count} paths below docs: where are they?");
        AssertNone(named.Where(n => !Path.Exists(Path.Combine(_root, n.Path)) && !Generated.Contains(n.Path)).Select(n => $"{n.At}: {n.Path}: no such file"));
    }

    [Fact]
    public void Nothing_refers_to_a_description_outside_the_repository()
    {
        var files = Files("*.cs", CodeFolders).Concat(_documents.Select(d => d.Path).Where(p => p != "docs/method.md"));
        AssertNone(files.SelectMany(file =>
            Read(file).Split('\n').Index().Where(l => Outside().IsMatch(l.Item)).Select(l => $"{file}:{l.Index + 1}: {l.Item.Trim()}")));
    }

    [Theory]
    [InlineData("3. Large noise", "3-large-noise")]
    [InlineData("What `apex scan` says, and *how well*", "what-apex-scan-says-and-how-well")]
    [InlineData("From C#", "from-c")]
    [InlineData("p̂ and ŷ0 (q ≥ τ)", "p̂-and-ŷ0-q--τ")]
    [InlineData("A [link](x.md) in it", "a-link-in-it")]
    [InlineData("snake_case, en – dash", "snake_case-en--dash")]
    public void Anchors_are_those_of_GitHub(string heading, string anchor) => Assert.Equal(anchor, Document.Slug(heading));

    [Fact]
    public void Anchors_of_equal_headings_are_numbered_and_code_has_none()
    {
        var document = new Document("made.md",
            "# Cost\n```\n# no heading, [no link](none.md)\n```\n## Cost\ntext `[no](link.md)` [a](b.md) <img src=\"c.png\">\n### Cost ###\n".Split('\n'));
        Assert.Equal(["cost", "cost-1", "cost-2"], document.Anchors());
        Assert.Equal([(6, "b.md"), (6, "c.png")], document.Links());
    }

    private static void AssertNone(IEnumerable<string> broken)
    {
        string[] lines = [.. broken];
        Assert.True(lines.Length == 0, $"{lines.Length} to mend:\n{string.Join('\n', lines)}");
    }

    private static IEnumerable<(string At, string Path)> Named(string file, IReadOnlyList<string> lines) =>
        lines.Index().SelectMany(l => BelowDocs().Matches(l.Item).Select(m => ($"{file}:{l.Index + 1}", m.Value.TrimEnd('.', '/', '-'))));

    private static Document Find(string path) => _documents.FirstOrDefault(d => d.Path == path) ?? Document.Read(path);

    private static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    private static string Read(string path) => File.ReadAllText(Path.Combine(_root, path));

    /// <summary>A path from the repository's root, with slashes.</summary>
    private static string Below(string path) => Path.GetRelativePath(_root, Path.GetFullPath(path, _root)).Replace('\\', '/');

    private static List<string> Files(string pattern, string[] folders, params string[] more)
    {
        List<string> found = [.. more];
        foreach (string folder in folders)
            Walk(Path.Combine(_root, folder));
        return found;

        void Walk(string folder)
        {
            found.AddRange(Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).Select(Below));
            foreach (string inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Where(d => !Ignored.Contains(Path.GetFileName(d))))
                Walk(inner);
        }
    }

    // A comment may break the line before "section".
    [GeneratedRegex(@"(?<path>docs/[\w./-]+\.md),[\s/]*section\s+(?<section>\d+)")]
    private static partial Regex Section();

    [GeneratedRegex(@"(?<![\w./-])docs/[\w./-]*\w")]
    private static partial Regex BelowDocs();

    [GeneratedRegex(@"\bMETHOD(?:'s| section|\.md)")]
    private static partial Regex Outside();

    /// <summary>A Markdown file.</summary>
    /// <param name="Path">From the root.</param>
    /// <param name="Lines">As they are.</param>
    private sealed partial record Document(string Path, IReadOnlyList<string> Lines)
    {
        /// <summary>Lines outside of fenced code; those inside are empty here.</summary>
        private readonly string[] _text = Outside(Lines);

        public static Document Read(string path) => new(path, ReferenceTests.Read(path).Split('\n'));

        public IEnumerable<string> Headings => _text.Select(l => Heading().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value);

        /// <summary>Headings' anchors, and those written as HTML.</summary>
        public IReadOnlyList<string> Anchors()
        {
            var seen = new Dictionary<string, int>();
            var anchors = new List<string>();
            foreach (string slug in Headings.Select(Slug))
            {
                int before = seen.GetValueOrDefault(slug);
                anchors.Add(before == 0 ? slug : $"{slug}-{before}");
                seen[slug] = before + 1;
            }

            return [.. anchors, .. _text.SelectMany(l => HtmlAnchor().Matches(l)).Select(m => m.Groups[1].Value)];
        }

        /// <summary>Lower case, without what is no letter, number, mark, underscore or hyphen, with hyphens for blanks.</summary>
        public static string Slug(string heading) => NoWord().Replace(Link().Replace(heading, "$1").ToLowerInvariant(), "").Replace(' ', '-');

        /// <summary>Targets inside the repository, with their lines.</summary>
        public IEnumerable<(int Line, string Target)> Links() =>
            from line in _text.Index()
            let plain = Span().Replace(line.Item, "")
            from pattern in (Regex[])[Target(), Attribute(), Definition()]
            from match in pattern.Matches(plain)
            let target = match.Groups[1].Value
            where !Scheme().IsMatch(target)
            select (line.Index + 1, target);

        /// <summary>Of each line what is code: all of it inside fences, else what stands in backticks.</summary>
        public IReadOnlyList<string> Code() =>
            [.. Lines.Select((line, i) => line == _text[i] ? string.Join(' ', Span().Matches(line).Select(m => m.Value.Trim('`'))) : line)];

        private static string[] Outside(IReadOnlyList<string> lines)
        {
            var text = new string[lines.Count];
            string? fence = null;
            for (int i = 0; i < text.Length; i++)
            {
                string mark = Fence().Match(lines[i]).Groups[1].Value;
                text[i] = fence is null && mark.Length == 0 ? lines[i] : "";
                fence = fence is null ? (mark.Length > 0 ? mark : null) : mark.StartsWith(fence, StringComparison.Ordinal) ? null : fence;
            }

            return text;
        }

        [GeneratedRegex(@"^\s*(`{3,}|~{3,})")]
        private static partial Regex Fence();

        [GeneratedRegex(@"^#{1,6}\s+(.*?)\s*#*\s*$")]
        private static partial Regex Heading();

        [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
        private static partial Regex Link();

        [GeneratedRegex(@"[^\p{L}\p{M}\p{N}\p{Pc} -]")]
        private static partial Regex NoWord();

        [GeneratedRegex(@"<a\s[^>]*(?:id|name)=""([^""]+)""")]
        private static partial Regex HtmlAnchor();

        [GeneratedRegex(@"``.*?``|`[^`]*`")]
        private static partial Regex Span();

        [GeneratedRegex(@"\]\(\s*<?([^)\s>]+)")]
        private static partial Regex Target();

        [GeneratedRegex(@"<[^>]*\s(?:src|srcset|href)=""([^""]+)""")]
        private static partial Regex Attribute();

        [GeneratedRegex(@"^\[[^\]]+\]:\s*(\S+)")]
        private static partial Regex Definition();

        [GeneratedRegex(@"^(?:[A-Za-z][A-Za-z0-9+.-]*:|//)")]
        private static partial Regex Scheme();
    }
}
