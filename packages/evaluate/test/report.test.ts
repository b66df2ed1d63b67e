import { MlsecError } from "@mlsec/preprocess";
import { Random } from "@mlsec/preprocess/numeric";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AuditFinding } from "../src/index.js";
import { REPORT_LIMITS, type ReportContent, reportHtml } from "../src/report/index.js";
import { thinned } from "../src/report/plots/thin.js";
import { classifier, detector, everything } from "./report-content.js";
import { byName, type Element, elementsOf, parseXml, rowsOf, textOf } from "./xml.js";

const parsed = async (content: ReportContent): Promise<Element> => parseXml(await reportHtml(content));
const sectionsOf = (page: Element): string[] => byName(page, "section").map(({ attributes }) => attributes.get("id")!);

describe("a report", () => {
  it("has a section for each part, listed in its contents, and no other", async () => {
    const page = await parsed(await everything());
    const sections = [
      "detection",
      "types",
      "curves",
      "classes",
      "class-curves",
      "importances",
      "training",
      "audit",
      "model",
    ];
    expect(sectionsOf(page)).toEqual(sections);
    expect(byName(page, "a").map(({ attributes }) => attributes.get("href"))).toEqual(sections.map((id) => `#${id}`));
    expect(sectionsOf(await parsed({ title: "Nothing yet" }))).toEqual([]);
    expect(
      sectionsOf(
        await parsed({ title: "No probabilities", classifier: { ...classifier(50), probabilities: undefined } }),
      ),
    ).toEqual(["classes"]);
    expect(sectionsOf(await parsed({ title: "No types", detector: { ...detector(50), types: undefined } }))).toEqual([
      "detection",
      "curves",
    ]);
    expect(sectionsOf(await parsed({ title: "Empty", training: [], facts: [] }))).toEqual([]);
  });

  it("is one file that loads, runs and sends nothing, and says so to the browser", async () => {
    const html = await reportHtml(await everything());
    expect(html).not.toMatch(
      /https?:|url\(|@import|@font-face|javascript:|<(script|link|img|iframe|object|form|base)\b/i,
    );
    const policy = byName(parseXml(html), "meta").find(({ attributes }) => attributes.has("http-equiv"))!;
    expect(policy.attributes.get("http-equiv")).toBe("Content-Security-Policy");
    expect(policy.attributes.get("content")).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
    expect(policy.attributes.get("content")).not.toMatch(/script-src|connect-src|img-src/);
  });

  it("is the same for the same content, whatever kind of array it is in", async () => {
    const content = await everything();
    const html = await reportHtml(content);
    expect(await reportHtml(await everything())).toBe(html);
    const { isPositive, scores, ...rest } = content.detector!;
    const plain = { ...rest, isPositive: Array.from(isPositive), scores: Array.from(scores) };
    expect(await reportHtml({ ...content, detector: plain })).toBe(html);
  });

  it("can be read aloud: a language, one first heading, no level left out, captions, headers of rows and columns", async () => {
    const page = await parsed(await everything());
    expect(byName(page, "html")[0]!.attributes.get("lang")).toBe("en");
    const levels = elementsOf(page).flatMap(({ name }) => (/^h\d$/.test(name) ? [Number(name[1])] : []));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.slice(1).entries()) expect(level - levels[index]!).toBeLessThanOrEqual(1);
    for (const table of byName(page, "table")) {
      expect(textOf(byName(table, "caption")[0]!)).not.toBe("");
      const scopes = byName(table, "th").map(({ attributes }) => attributes.get("scope"));
      expect(new Set(scopes.filter((scope) => scope !== "colgroup"))).toEqual(new Set(["col", "row"]));
      const head = byName(byName(table, "thead")[0]!, "tr").at(-1)!;
      for (const row of byName(byName(table, "tbody")[0]!, "tr"))
        expect(row.children.filter((cell) => typeof cell !== "string")).toHaveLength(byName(head, "th").length);
    }
    const ids = elementsOf(page).flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const plot of byName(page, "svg")) {
      if (plot.attributes.get("aria-hidden") === "true") continue;
      expect(plot.attributes.get("role")).toBe("img");
      const named = plot.attributes.get("aria-labelledby")!.split(" ");
      const [title, description] = [byName(plot, "title")[0]!, byName(plot, "desc")[0]!];
      expect([title, description].map(({ attributes }) => attributes.get("id"))).toEqual(named);
      expect(textOf(title).length * textOf(description).length).toBeGreaterThan(0);
    }
  });

  it("marks the best epoch and leaves gaps where a loss is not known", async () => {
    const page = await parsed(await everything());
    const rows = rowsOf(page, "Losses of LSTM, fold 2").map((cells) => cells.map(textOf));
    expect(rows).toEqual([
      ["1", "0.7000", "0.6000"],
      ["2 (best)", "0.5000", "0.4000"],
      ["3", "–", "0.4500"],
    ]);
  });

  it("orders features by importance and says how many have none", async () => {
    const page = await parsed(await everything());
    const rows = rowsOf(page, "Features, the most important one first").map((cells) => cells.slice(0, 3).map(textOf));
    expect(rows).toEqual([
      [" Flow Duration", "0.2500", "0.0020"],
      ["count", "0.0100", "0.0010"],
      ["urgent", "−1.0e−5", "2.0e−5"],
    ]);
    expect(textOf(page)).toContain("1 more feature has an importance of 0.");
  });

  it("shows every finding of an audit, the worst first, and the facts of the model card", async () => {
    const content = await everything();
    const page = await parsed(content);
    const rows = rowsOf(page, "What was found, the worst first").map((cells) => cells.map(textOf));
    expect(rows.length).toBeGreaterThan(2);
    expect(rows).toEqual(
      content.audit!.findings.map(({ severity, check, columns, message }) => [
        severity,
        check,
        columns.length === 0 ? "–" : columns.join(", "),
        message,
      ]),
    );
    const card = byName(page, "section").at(-1)!;
    expect(byName(card, "dt").map(textOf)).toEqual(["kind", "rows to train", "folds", "calibrated", "features"]);
    expect(byName(card, "dd").map(textOf)).toEqual(["threat_detector", "25,192", "none", "yes", "count Flow Duration"]);
  });
});

describe("names from outside", () => {
  const HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "</title></svg></style></table><h1>owned</h1>",
    "]]><!-- &lt;b&gt; &amp",
    "evil\u202etxt.exe\u2066",
    "nul\u0000 bell\u0007 line\nbreak\ttab \u2028",
    "half \ud83d of a pair",
    "zero\u200bwidth\ufeff",
    `${"very ".repeat(2000)}long`,
    "",
    "  outer spaces  ",
    "__proto__",
  ];

  async function hostile(): Promise<ReportContent> {
    const { audit } = await everything();
    const { isPositive, scores } = detector(500);
    const finding = {
      check: "constant-column",
      severity: "warning",
      columns: HOSTILE,
      message: HOSTILE.join(" "),
      evidence: { value: HOSTILE[0]! },
    } as AuditFinding;
    return {
      title: HOSTILE.slice(0, 2).join(" "),
      subtitle: HOSTILE.join(" "),
      detector: {
        isPositive,
        scores,
        threshold: { value: 0.5, chosenBy: HOSTILE[1]! },
        classes: [HOSTILE[0]!, HOSTILE[1]!],
        types: Array.from(isPositive, (_, row) => HOSTILE[row % HOSTILE.length]!),
      },
      classifier: classifier(500, HOSTILE),
      importances: {
        measure: HOSTILE[0]!,
        features: HOSTILE.map((feature, index) => ({ feature, importance: index + 1 })),
      },
      training: HOSTILE.map((name) => ({
        name,
        epochs: [{ epoch: 1, loss: 1, validationLoss: 1 }],
        bestEpoch: 1,
      })),
      audit: {
        ...audit!,
        classes: HOSTILE.map((name) => ({ class: name, rows: 1, testRows: null })),
        findings: [finding],
      },
      facts: HOSTILE.map((title) => ({ title, facts: HOSTILE.map((name) => ({ name, value: [name, title] })) })),
    };
  }

  const ELEMENTS =
    "html head meta title style body header h1 h2 h3 p nav ul li a main section dl dt dd div strong span data table caption thead tbody tr th td small bdi figure figcaption svg desc path circle rect text details summary code";

  it("stay text: the document is well-formed, with the elements and attributes of any other", async () => {
    const page = await parsed(await hostile());
    expect(
      [...new Set(elementsOf(page).map(({ name }) => name))].filter((name) => !ELEMENTS.split(" ").includes(name)),
    ).toEqual([]);
    const attributes = elementsOf(page).flatMap((element) => [...element.attributes.keys()]);
    expect(attributes.filter((name) => /^on|^src$|^style$|^xlink/.test(name))).toEqual([]);
    for (const link of byName(page, "a")) expect(link.attributes.get("href")).toMatch(/^#[a-z-]+$/);
    const features = rowsOf(page, "Features, the most important one first").map(([name]) => textOf(name!));
    expect(features.slice(-4)).toEqual([
      "</title></svg></style></table><h1>owned</h1>",
      "' onload='alert(1)",
      '"><img src=x onerror=alert(1)>',
      "<script>alert(1)</script>",
    ]);
  });

  it("show what nobody could see, keep their spaces and are cut where they are too long", async () => {
    const page = await parsed(await hostile());
    const features = rowsOf(page, "Features, the most important one first").map(([name]) => textOf(name!));
    expect(features).toContain("evil\\u{202e}txt.exe\\u{2066}");
    expect(features).toContain("nul\\u{0} bell\\u{7} line\\u{a}break\\u{9}tab \\u{2028}");
    expect(features).toContain("half \\u{d83d} of a pair");
    expect(features).toContain("zero\\u{200b}width\\u{feff}");
    expect(features).toContain("  outer spaces  ");
    expect(features.find((name) => name.startsWith("very"))).toBe(`${"very ".repeat(60)}…`);
    expect(
      Math.max(
        ...elementsOf(page)
          .filter(({ name }) => name === "bdi")
          .map((own) => textOf(own).length),
      ),
    ).toBe(REPORT_LIMITS.text + 1);
  });

  it("of any letters come out as they went in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), async (feature) => {
        fc.pre(!/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(feature));
        const page = await parsed({ title: "x", importances: { measure: "", features: [{ feature, importance: 1 }] } });
        expect(textOf(rowsOf(page, /^Features/)[0]![0]!)).toBe(feature);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a report of a lot", () => {
  it("stays a file that can be opened, and says what it leaves out", async () => {
    const random = Random.seeded(3);
    const long = (index: number): string => `${index} ${"\u202e\u0000<&".repeat(500)}`;
    const rows = 60_000;
    const isPositive = Uint8Array.from({ length: rows }, () => random.below(2));
    const classes = Array.from({ length: 120 }, (_, index) => long(index));
    const codes = Int32Array.from({ length: 5000 }, () => random.below(120));
    const { audit } = await everything();
    const features = Array.from({ length: 500 }, (_, index) => ({ feature: long(index), importance: random.float() }));
    const epochs = Array.from({ length: 3000 }, (_, i) => ({
      epoch: i + 1,
      loss: random.float(),
      validationLoss: random.float(),
    }));
    const html = await reportHtml({
      title: long(0),
      detector: {
        isPositive,
        scores: Float64Array.from(isPositive, () => random.float()),
        threshold: { value: 0.5, chosenBy: long(1) },
        types: Array.from(isPositive, () => long(random.below(200))),
      },
      classifier: {
        labels: { codes, classes },
        predicted: codes.map(() => random.below(120)),
        probabilities: Float64Array.from({ length: 120 * 5000 }, () => 1 / 120),
      },
      importances: { measure: "", features },
      training: Array.from({ length: 40 }, (_, i) => ({ name: long(i), epochs, bestEpoch: 77 })),
      audit: { ...audit!, findings: Array.from({ length: 400 }, () => ({ ...audit!.findings[0]!, columns: classes })) },
      facts: Array.from({ length: 20 }, (_, i) => ({
        title: long(i),
        facts: Array.from({ length: 10 }, () => ({ name: long(i), value: Array.from({ length: 200 }, () => "x") })),
      })),
    });

    expect(html.length).toBeLessThan(4_000_000);
    const page = parseXml(html);
    for (const left of [
      "140 more types",
      "80 more classes",
      "440 more features",
      "20 more trainings",
      "250 more findings",
      "8 more groups",
    ])
      expect(textOf(page)).toContain(`${left} are not shown.`);
    const confusion = byName(page, "table").filter(({ attributes }) => attributes.get("class") === "confusion turned");
    expect(confusion.map((table) => byName(table, "tr").length)).toEqual([2 + 40]);
    expect(textOf(page)).toContain("Of 120 classes the 39 most frequent ones are shown");
    // Of a plot 394 units wide, four points a unit.
    for (const path of byName(page, "path"))
      expect((path.attributes.get("d")!.match(/[MLHV]/g) ?? []).length).toBeLessThan(2 * 4 * 396);
  });
});

describe("thinned", () => {
  const unit = fc.double({ min: 0, max: 50, noNaN: true });

  it("keeps ends, extremes and order: no point is farther than a unit from what remains", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { minLength: 1, maxLength: 400 }), fc.boolean(), (points, falls) => {
        points.sort(([a], [b]) => (falls ? b - a : a - b));
        const kept = thinned({ x: points.map(([x]) => x), y: points.map(([, y]) => y) });
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
        expect(kept.length).toBeLessThanOrEqual(4 * 51);
        let from = 0;
        for (const [x, y] of kept) {
          from = points.findIndex((point, index) => index >= from && point[0] === x && point[1] === y);
          expect(from).toBeGreaterThanOrEqual(0);
        }
        for (const [x, y] of points) {
          const near = kept.filter(([own]) => Math.abs(own - x) <= 1).map(([, own]) => own);
          expect(Math.min(...near)).toBeLessThanOrEqual(y);
          expect(Math.max(...near)).toBeGreaterThanOrEqual(y);
        }
      }),
    );
  });
});

describe("rows that a report can do less with", () => {
  it("are all of one class: no curves, and no rate where there is nothing to divide by", async () => {
    const page = await parsed({
      title: "Quiet night",
      detector: { isPositive: [0, 0, 0], scores: [0.1, 0.2, 0.9], threshold: { value: 0.5, chosenBy: "given" } },
    });
    expect(textOf(page)).toContain("Every row is negative: there are no curves.");
    expect(textOf(page)).toContain("there are no such rows");
    expect(rowsOf(page, "Precision, recall and F1 by class")[1]!.map(textOf)).toEqual([
      "Attack",
      "0",
      "–",
      "–",
      "–",
      "0.00 %",
      "0.00 % to 79.35 %",
      "0.0000",
    ]);
  });

  it("are two: every plot has numbers in its paths", async () => {
    const html = await reportHtml({
      title: "Two",
      detector: { isPositive: [0, 1], scores: [0.5, 0.5], threshold: { value: 0.5, chosenBy: "given" } },
    });
    expect(byName(parseXml(html), "svg").length).toBeGreaterThan(5);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("have scores that are no probabilities: no calibration, and thresholds over all of them", async () => {
    const page = await parsed({
      title: "Margins",
      detector: { isPositive: [0, 1, 0, 1], scores: [-3, 2, -1, 8], threshold: { value: 0, chosenBy: "given" } },
    });
    expect(byName(page, "h3").map(textOf)).not.toContain("Calibration");
    const thresholds = rowsOf(page, /^Rates at some thresholds/).map(([first]) => textOf(first!));
    expect([thresholds[0], thresholds.at(-1)]).toEqual(["−3.0000", "8.0000"]);
  });
});

describe("content that is no report", () => {
  const good = detector(20);
  const several = classifier(20);
  const cases: [string, ReportContent, string][] = [
    ["no title", { title: " " }, "invalid-option"],
    ["fewer scores than rows", { title: "x", detector: { ...good, scores: good.scores.slice(1) } }, "length-mismatch"],
    ["fewer types than rows", { title: "x", detector: { ...good, types: ["a"] } }, "length-mismatch"],
    [
      "a score that is not a number",
      { title: "x", detector: { ...good, scores: good.scores.map((s, i) => (i === 3 ? Number.NaN : s)) } },
      "not-finite",
    ],
    [
      "a class that is neither 0 nor 1",
      { title: "x", detector: { ...good, isPositive: good.scores.map(() => 2) } },
      "code-out-of-range",
    ],
    ["no rows", { title: "x", detector: { isPositive: [], scores: [], threshold: good.threshold } }, "no-rows"],
    [
      "a threshold that is not finite",
      { title: "x", detector: { ...good, threshold: { value: Number.NaN, chosenBy: "" } } },
      "invalid-option",
    ],
    [
      "a prevalence above 1",
      { title: "x", detector: { ...good, traffic: { flowsPerDay: 1, prevalence: 2 } } },
      "invalid-option",
    ],
    ["fewer predictions than rows", { title: "x", classifier: { ...several, predicted: [0] } }, "length-mismatch"],
    [
      "a predicted class that is not there",
      { title: "x", classifier: { ...several, predicted: several.labels.codes.map(() => 4) } },
      "code-out-of-range",
    ],
    ["too few probabilities", { title: "x", classifier: { ...several, probabilities: [1] } }, "length-mismatch"],
    [
      "a probability above 1",
      {
        title: "x",
        classifier: {
          ...several,
          probabilities: several.labels.codes.length === 20 ? new Float64Array(80).fill(2) : [],
        },
      },
      "not-a-probability",
    ],
    [
      "an importance that is not a number",
      { title: "x", importances: { measure: "", features: [{ feature: "a", importance: Number.NaN }] } },
      "not-finite",
    ],
    [
      "a negative standard deviation",
      { title: "x", importances: { measure: "", features: [{ feature: "a", importance: 1, sd: -1 }] } },
      "invalid-option",
    ],
    [
      "a training without epochs",
      { title: "x", training: [{ name: "ANN", epochs: [], bestEpoch: null }] },
      "invalid-option",
    ],
    [
      "epochs that go back",
      {
        title: "x",
        training: [
          { name: "ANN", epochs: [2, 1].map((epoch) => ({ epoch, loss: 1, validationLoss: 1 })), bestEpoch: null },
        ],
      },
      "invalid-option",
    ],
    [
      "a loss that is not finite",
      {
        title: "x",
        training: [
          { name: "ANN", epochs: [{ epoch: 1, loss: Number.POSITIVE_INFINITY, validationLoss: 1 }], bestEpoch: 1 },
        ],
      },
      "invalid-option",
    ],
  ];

  it.each(cases)("is refused with a code: %s", async (_, content, code) => {
    const error = await reportHtml(content).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MlsecError);
    expect(error).toMatchObject({ code });
  });
});

describe("without its optional peers", () => {
  afterEach(() => {
    vi.doUnmock("d3-shape");
    vi.resetModules();
  });

  it("a report names the package to install", async () => {
    vi.resetModules();
    vi.doMock("d3-shape", () => {
      throw new Error("Cannot find package 'd3-shape'");
    });
    const { reportHtml: bare } = await import("../src/report/index.js");
    await expect(bare({ title: "x" })).rejects.toMatchObject({
      code: "missing-peer",
      message: expect.stringContaining("npm install d3-scale d3-shape"),
      details: { package: "d3-shape" },
    });
  });
});
