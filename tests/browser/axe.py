"""What axe-core finds on a page: https://github.com/dequelabs/axe-core, as a package of PyPI brings it along."""

import importlib.util
import pathlib

# WCAG 2.0 to 2.2, A and AA, and what axe thinks best.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def source():
    # The package is for another driver: it is not imported, only its script is read.
    package = importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]
    return pathlib.Path(package, "axe.min.js").read_text(encoding="utf-8")


def violations(browser):
    """A line for each element that breaks a rule."""
    browser.execute_script(source())
    found = browser.execute_async_script(
        "const [values, done] = arguments;"
        "axe.run(document, { runOnly: { type: 'tag', values } })"
        ".then(found => done(found.violations), error => done(String(error)))", TAGS)
    assert isinstance(found, list), found
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def scheme(browser, name):
    """Light or dark, as the system would have it."""
    features = [{"name": "prefers-color-scheme", "value": name}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def width(browser, pixels, height=900):
    """The page's own width: a window cannot be made as narrow as a phone."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False})
    assert browser.execute_script("return innerWidth") == pixels


# Contrast of a border against what is beside it, as WCAG has it (1.4.11 asks 3:1 of what one must see to
# know that a field or a part of the page is there). axe does not look at borders.
EDGES = """
const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
const clear = (colour) => channels(colour)[3] === 0;
const light = (colour) => {
  const [r, g, b] = channels(colour).slice(0, 3).map((one) => one / 255)
    .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (one, other) => {
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!clear(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
return [...document.querySelectorAll("body *")].flatMap((element) => {
  const style = getComputedStyle(element);
  if (style.display === "none" || parseFloat(style.borderTopWidth) === 0) return [];
  const outside = ratio(style.borderTopColor, behind(element.parentElement));
  return outside < 3 ? [`${element.outerHTML.slice(0, 80)}: ${outside.toFixed(2)}`] : [];
});
"""


def faint_edges(browser):
    """A line for each border that stands out too little from what is around it."""
    return browser.execute_script(EDGES)
