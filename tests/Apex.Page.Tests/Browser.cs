using Microsoft.Playwright;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Apex.Page.Tests.Browser))]
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Apex.Page.Tests;

/// <summary>Debian's Chromium, or another whose path stands in CHROMIUM, without a window or a network.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if ((Environment.GetEnvironmentVariable("CHROMIUM") ?? Usual.FirstOrDefault(File.Exists)) is not { } path)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Args = ["--no-sandbox"] });
    }

    /// <summary>Opens a file with the network off, and fails where the page reports an error or asks for anything.</summary>
    public async Task<OpenPage> OpenAsync(string file, ColorScheme scheme = ColorScheme.Light)
    {
        if (_browser is null)
            Assert.Skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM");
        var context = await _browser.NewContextAsync(
            new BrowserNewContextOptions { Offline = true, ColorScheme = scheme, ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
        var page = await context.NewPageAsync();
        var open = new OpenPage(context, page);
        page.Console += (_, message) => { if (message.Type is "error" or "warning") open.Errors.Add(message.Text); };
        page.PageError += (_, error) => open.Errors.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                open.Errors.Add("asks for " + request.Url);
        };
        await page.GotoAsync("file://" + file);
        await page.WaitForSelectorAsync("html[data-ready=true]", new PageWaitForSelectorOptions { State = WaitForSelectorState.Attached });
        await page.WaitForSelectorAsync("canvas");
        return open;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>A page with what went wrong in it.</summary>
public sealed class OpenPage(IBrowserContext context, IPage page) : IAsyncDisposable
{
    public IPage Page => page;

    public List<string> Errors { get; } = [];

    public Task<string> TextAsync(string selector) => page.InnerTextAsync(selector);

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.Empty(Errors);
    }
}
