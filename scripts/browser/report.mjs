// The reports that the training programs wrote, opened in Chromium from the disk; and a report made on a page, as Node makes it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { reportContent } from "./report-content.mjs";
import { buildSite } from "./site.mjs";
import { serveFolder } from "./static-server.mjs";

const SECTIONS = {
  threat_detector: ["detection", "curves", "importances", "training", "audit", "model"],
  attack_classifier: ["classes", "class-curves", "importances", "audit", "model"],
};
/** Texts and what they stand on, by the stylesheet's variables; both must tell apart by the ratio of WCAG's level AA. */
const CONTRASTS = [
  ["--text", "--surface", 4.5],
  ["--text", "--ground", 4.5],
  ["--muted", "--surface", 4.5],
  ["--muted", "--ground", 4.5],
  ["--first", "--surface", 4.5],
  ["--first", "--ground", 4.5],
  ["--error", "--error-soft", 4.5],
  ["--warning", "--warning-soft", 4.5],
  ["--note", "--note-soft", 4.5],
  ["--second", "--surface", 3],
  ["--third", "--surface", 3],
];

/** Opens the report of each subject, light and dark. */
export async function checkReports(check, browser, subjects) {
  for (const { kind, report } of [subjects.threat, subjects.attack]) {
    const grounds = [];
    for (const colorScheme of ["light", "dark"]) {
      const name = (what) => `report of the ${kind}, ${colorScheme}: ${what}`;
      const { page, problems, addresses } = await openReport(browser, report, { colorScheme });
      await check(name("every section and plot is there, and nothing is wider than the page"), async () => {
        assert.deepEqual(
          await page.locator("main > section").evaluateAll((all) => all.map(({ id }) => id)),
          SECTIONS[kind],
        );
        for (const width of [1280, 390]) {
          await page.setViewportSize({ width, height: 900 });
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
          await requireVisible(page, "h1, h2, h3, .tiles dd, svg.plot, table.confusion");
        }
      });
      await check(name("headings, captions and headers are what a screen reader needs"), () => requireReadable(page));
      await check(name("texts and lines are told from their ground"), () => requireContrast(page));
      await check(name("a plot's numbers open as a table, with the keyboard"), async () => {
        const details = page.locator("details.numbers").first();
        assert.equal(await details.locator("table").isVisible(), false);
        await details.locator("summary").focus();
        await page.keyboard.press("Enter");
        assert.equal(await details.locator("table").isVisible(), true);
      });
      await check(name("nothing is loaded, and nothing is complained of"), async () => {
        assert.deepEqual(problems, []);
        assert.deepEqual(addresses, [String(pathToFileURL(report))]);
      });
      await check(name("its policy stops a script and a request that got into it"), () => requireSealed(page));
      grounds.push(await groundOf(page));
      await check(name("on paper it is light, without the contents"), async () => {
        await page.emulateMedia({ media: "print", colorScheme });
        assert.equal(await page.locator("nav").isVisible(), false);
        assert.equal((await groundOf(page)).text, grounds[0].text);
        assert.ok((await page.pdf({ format: "A4" })).length > 20_000);
      });
    }
    await check(`report of the ${kind}: light and dark are different`, async () => {
      assert.notEqual(grounds[0].ground, grounds[1].ground);
      assert.notEqual(grounds[0].line, grounds[1].line);
    });
  }
}

/** A report made on a page, bundled as an application does, is that of Node to the letter. */
export async function checkReportPage(check, browser, root, folder, undoLater) {
  const site = join(folder, "report");
  await buildSite(root, site, "Report", { page: "scripts/browser/report-page.mjs" });
  const server = await serveFolder(site);
  await undoLater(server.close);
  const require = createRequire(join(root, "examples", "package.json"));
  const { reportHtml } = await import(pathToFileURL(require.resolve("@mlsec/evaluate/report")));
  await check("a report made on a page is Node's, to the letter", async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.report !== undefined);
    assert.equal(await page.evaluate(() => globalThis.report()), await reportHtml(reportContent()));
  });
}

async function openReport(browser, file, options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const problems = [];
  const addresses = [];
  context.on("console", (message) => problems.push(message.text()));
  context.on("weberror", (webError) => problems.push(String(webError.error())));
  context.on("request", (request) => addresses.push(request.url()));
  const page = await context.newPage();
  await page.goto(String(pathToFileURL(file)));
  return { page, problems, addresses };
}

async function requireVisible(page, selector) {
  const hidden = await page.locator(selector).evaluateAll((all) =>
    all
      .filter((element) => !element.closest("details:not([open])"))
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 5 || height < 5 || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      })
      .map((element) => element.outerHTML.slice(0, 100)),
  );
  assert.deepEqual(hidden, []);
}

async function requireReadable(page) {
  const faults = await page.evaluate(() => {
    const found = [];
    const all = (selector) => [...document.querySelectorAll(selector)];
    const levels = all("h1, h2, h3, h4").map(({ tagName }) => Number(tagName[1]));
    if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1)
      found.push("There is not one h1, first.");
    if (levels.some((level, index) => level > (levels[index - 1] ?? 0) + 1))
      found.push("A level of headings is left out.");
    for (const landmark of ["header", "nav", "main"])
      if (all(landmark).length !== 1) found.push(`There is not one ${landmark}.`);
    for (const table of all("table")) {
      const caption = table.caption?.textContent ?? "";
      if (caption === "") found.push("A table has no caption.");
      const columns = [...table.tHead.rows].at(-1).cells;
      if ([...columns].some(({ scope }) => scope !== "col")) found.push(`A column of ${caption} has no header.`);
      for (const row of table.tBodies[0].rows) {
        if (row.cells[0].scope !== "row") found.push(`A row of ${caption} has no header.`);
        if (row.cells.length !== columns.length) found.push(`A row of ${caption} has ${row.cells.length} cells.`);
      }
    }
    for (const plot of all("svg:not([aria-hidden])")) {
      const [title, description] = plot
        .getAttribute("aria-labelledby")
        .split(" ")
        .map((id) => document.getElementById(id));
      if (
        plot.getAttribute("role") !== "img" ||
        !title.textContent ||
        !description.textContent ||
        !plot.contains(title)
      )
        found.push("A plot has no name.");
    }
    for (const region of all(".scroll"))
      if (region.tabIndex !== 0 || !region.getAttribute("aria-label"))
        found.push("A region cannot be scrolled by keyboard.");
    for (const link of all("a"))
      if (!document.getElementById(link.hash.slice(1))) found.push(`${link.href} leads nowhere.`);
    return found;
  });
  assert.deepEqual(faults, []);
}

async function requireContrast(page) {
  const low = await page.evaluate((pairs) => {
    const style = getComputedStyle(document.documentElement);
    const numbersOf = (text) => text.match(/[\d.]+/g).map(Number);
    const colour = (variable) => {
      const hex = style.getPropertyValue(variable).trim().slice(1);
      const digits = hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g);
      return digits.map((pair) => Number.parseInt(pair, 16));
    };
    const luminance = (parts) => {
      const [red, green, blue] = parts.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const tooLow = (what, text, ground, least) => {
      const [a, b] = [luminance(text), luminance(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      return ratio >= least ? [] : [`${what}: ${ratio.toFixed(2)}`];
    };
    const shaded = [...document.querySelectorAll("table.confusion td[class*=shade-]")].flatMap((cell) => {
      const { color, backgroundColor } = getComputedStyle(cell);
      const [red, green, blue, alpha] = numbersOf(backgroundColor);
      const ground = [red, green, blue].map((part, at) => part * alpha + colour("--surface")[at] * (1 - alpha));
      return tooLow(`cell ${cell.className}`, numbersOf(color), ground, 4.5);
    });
    return [
      ...shaded,
      ...pairs.flatMap(([text, ground, least]) => tooLow(`${text} on ${ground}`, colour(text), colour(ground), least)),
    ];
  }, CONTRASTS);
  assert.deepEqual(low, []);
}

/** As if markup had got into the report after all. */
async function requireSealed(page) {
  const outcome = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
      violations.push(effectiveDirective),
    );
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
    const image = new Image();
    image.src = "https://example.invalid/leak.png";
    const failed = await new Promise((resolve) => {
      image.onerror = () => resolve(true);
      image.onload = () => resolve(false);
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { ran: globalThis.ran === true, failed, violations };
  });
  assert.deepEqual(outcome, { ran: false, failed: true, violations: ["script-src-elem", "img-src"] });
}

function groundOf(page) {
  return page.evaluate(() => ({
    ground: getComputedStyle(document.body).backgroundColor,
    text: getComputedStyle(document.body).color,
    line: getComputedStyle(document.querySelector("svg.plot .line.first")).stroke,
  }));
}
