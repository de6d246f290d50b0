"""The chromium that tests drive, without the parts of it that only a person sees."""

from playwright.sync_api import Browser, Playwright

from tools.start.browser import find

KEPT_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
"""What Playwright turns off by itself: chromium obeys the last --disable-features only, so ours has to repeat them."""
SUGGESTIONS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""Two pages under the address bar, which chromium loads for every new window, in a process of their own: they take
twice the processor time of the page that a test looks at."""


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Start the chromium of this machine. `arguments`: more of its switches. It must be there."""
    fixed = ["--no-sandbox", "--disable-gpu", f"--disable-features={','.join([*KEPT_OFF, *SUGGESTIONS])}"]
    return playwright.chromium.launch(executable_path=find(), args=[*fixed, *arguments])
