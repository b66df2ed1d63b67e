import { figure, leftOut, name, type Section, section, table } from "../blocks.js";
import type { TrainingCurve } from "../content.js";
import { count, NONE, score } from "../figures.js";
import { REPORT_LIMITS } from "../limits.js";
import { type Markup, markup } from "../markup.js";
import type { Drawing } from "../peers.js";
import { linePlot } from "../plots/line-plot.js";

type Epoch = TrainingCurve["epochs"][number];

/** The losses of every training, epoch by epoch. */
export function trainingSection(drawing: Drawing, curves: readonly TrainingCurve[]): Section {
  return section(
    "training",
    "Training",
    markup`<div class="figures">
${curves.slice(0, REPORT_LIMITS.curves).map((curve, index) => curveFigure(drawing, curve, `training-${index + 1}`))}
</div>`,
    leftOut(curves.length, REPORT_LIMITS.curves, "trainings"),
  );
}

function curveFigure(drawing: Drawing, { name: whose, epochs, bestEpoch }: TrainingCurve, id: string): Markup {
  const losses = epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss]).filter((value) => value !== null);
  const highest = losses.reduce((most, loss) => Math.max(most, loss), 0);
  const last = epochs.at(-1)!.epoch;
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  return figure({
    title: name(whose),
    plot: linePlot(drawing, {
      id,
      title: `Training of ${whose}`,
      description: `Loss by epoch, ${epochs.length} epochs${best === undefined ? "" : `; the best one is epoch ${best.epoch}`}.`,
      x: { label: "epoch", domain: [epochs[0]!.epoch, Math.max(last, epochs[0]!.epoch + 1)], unit: "number" },
      y: { label: "loss", domain: [0, highest > 0 ? highest * 1.05 : 1], unit: "number" },
      series: [
        { ...known(epochs, ({ loss }) => loss), style: "first" },
        { ...known(epochs, ({ validationLoss }) => validationLoss), style: "second" },
      ],
      marks: [
        ...(best === undefined
          ? []
          : [{ kind: "vertical", x: best.epoch, label: `best epoch: ${best.epoch}` } as const]),
        ...(best === undefined || best.validationLoss === null
          ? []
          : [
              {
                kind: "point",
                x: best.epoch,
                y: best.validationLoss,
                style: "second",
                label: `best epoch: ${best.epoch}`,
              } as const,
            ]),
      ],
    }),
    legend: [
      { style: "first", text: "training rows" },
      { style: "second", text: "validation rows" },
    ],
    note:
      best === undefined
        ? markup`${count(epochs.length)} epochs.`
        : markup`The best of ${count(epochs.length)} epochs is the ${ordinal(best.epoch)}, whose network was kept: the upright line.`,
    numbers: numbersOf(whose, epochs, best),
  });
}

function known(
  epochs: readonly Epoch[],
  lossOf: (epoch: Epoch) => number | null,
): { readonly x: number[]; readonly y: number[] } {
  const points = epochs.flatMap((own) => {
    const value = lossOf(own);
    return value === null ? [] : [{ x: own.epoch, y: value }];
  });
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => y) };
}

/** All epochs; of many every so manieth, and the best and the last one. */
function numbersOf(whose: string, epochs: readonly Epoch[], best: Epoch | undefined): Markup {
  const every = Math.ceil(epochs.length / REPORT_LIMITS.epochs);
  const listed = epochs.filter((own, index) => index % every === 0 || own === best || index === epochs.length - 1);
  const loss = (value: number | null): Markup => (value === null ? NONE : score(value));
  return table(
    `Losses of ${whose}`,
    [
      { head: "epoch", numeric: true },
      { head: "loss, training rows", numeric: true },
      { head: "loss, validation rows", numeric: true },
    ],
    listed.map((own) => [
      own === best ? markup`<strong>${count(own.epoch)}</strong> (best)` : count(own.epoch),
      loss(own.loss),
      loss(own.validationLoss),
    ]),
  );
}

function ordinal(value: number): string {
  const endings: Readonly<Record<number, string>> = { 1: "st", 2: "nd", 3: "rd" };
  const ending = value % 100 >= 11 && value % 100 <= 13 ? "th" : (endings[value % 10] ?? "th");
  return `${value}${ending}`;
}
