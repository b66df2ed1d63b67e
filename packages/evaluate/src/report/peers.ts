import { MlsecError } from "@mlsec/preprocess";

type Scales = typeof import("d3-scale");
type Shapes = typeof import("d3-shape");

/** What draws the plots: scales with their ticks, and paths. */
export type Drawing = Pick<Scales, "scaleLinear" | "scaleLog"> &
  Pick<Shapes, "line" | "curveStepAfter" | "curveLinear">;

/** @throws MlsecError `missing-peer`. */
export async function loadDrawing(): Promise<Drawing> {
  const [scales, shapes] = await Promise.all([
    import("d3-scale").catch((cause) => missing("d3-scale", cause)),
    import("d3-shape").catch((cause) => missing("d3-shape", cause)),
  ]);
  const { scaleLinear, scaleLog } = scales;
  const { line, curveStepAfter, curveLinear } = shapes;
  return { scaleLinear, scaleLog, line, curveStepAfter, curveLinear };
}

function missing(name: string, cause: unknown): never {
  throw new MlsecError(
    "missing-peer",
    `reportHtml needs the packages d3-scale and d3-shape, optional peers of @mlsec/evaluate; ${name} is not there. Install them: npm install d3-scale d3-shape`,
    { package: name },
    { cause },
  );
}
