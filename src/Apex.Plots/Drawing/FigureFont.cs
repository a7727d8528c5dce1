using System.Collections.Concurrent;
using System.Globalization;
using ScottPlot;
using SkiaSharp;

namespace Apex.Plots.Drawing;

/// <summary>
/// The font of a figure. It comes from a file and never from the system: a bare machine has no fonts, and text that is as wide everywhere makes figures
/// that are the same everywhere.
/// </summary>
internal sealed class FigureFont : IFontResolver
{
    private const string BuiltIn = "Apex.Plots.LiberationSans-Regular.ttf";

    private static readonly ConcurrentDictionary<string, Lazy<FigureFont>> _known = new();

    private FigureFont(string key, SKTypeface typeface)
    {
        (Key, Typeface) = (key, typeface);
        Fonts.FontResolvers.Insert(0, this);
    }

    /// <summary>What plots call it by.</summary>
    public string Key { get; }

    /// <summary>The font itself.</summary>
    public SKTypeface Typeface { get; }

    /// <summary>The built-in font, or that of a file.</summary>
    /// <exception cref="InvalidInputException">The file is no font.</exception>
    public static FigureFont Of(string? path) => path is null
        ? _known.GetOrAdd(BuiltIn, key => new(() =>
        {
            using var stream = typeof(FigureFont).Assembly.GetManifestResourceStream(key)
                ?? throw new InvalidOperationException($"{key} is not part of the library");
            return new FigureFont(key, SKTypeface.FromStream(stream));
        })).Value
        : _known.GetOrAdd(Path.GetFullPath(path), key => new(() => new FigureFont(key, Read(key, path)), LazyThreadSafetyMode.PublicationOnly)).Value;

    /// <summary>The font in a size, for measuring and drawing.</summary>
    /// <param name="points">Size in pt.</param>
    public SKFont At(float points) => new(Typeface, points)
    {
        Subpixel = true,
        LinearMetrics = true,
        Hinting = SKFontHinting.None,
        Edging = SKFontEdging.Antialias,
    };

    /// <summary>Refuses text that it cannot set.</summary>
    /// <exception cref="InvalidInputException">A character has no glyph.</exception>
    public void Check(string text)
    {
        using var font = At(1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (font.GetGlyph(rune.Value) == 0)
                throw new InvalidInputException($"the font {Typeface.FamilyName} has no sign for '{rune}' "
                    + $"(U+{rune.Value.ToString("X4", CultureInfo.InvariantCulture)}) of \"{text}\"; give one that has it as `Font`");
        }
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Key ? Typeface : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Key ? Typeface : null;

    private static SKTypeface Read(string file, string given)
    {
        if (!File.Exists(file))
            throw new InvalidInputException($"`Font` {given}: no such file");
        return SKTypeface.FromFile(file) ?? throw new InvalidInputException($"`Font` {given}: is no TrueType or OpenType font");
    }
}
