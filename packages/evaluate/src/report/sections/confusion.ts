import { confusionMatrix } from "../../confusion-matrix.js";
import { name, scrolling } from "../blocks.js";
import { count, share } from "../figures.js";
import { type Markup, markup } from "../markup.js";

/** Names up to this number stand above their columns as they are; more of them are turned. */
const LEVEL_NAMES = 4;
/** Steps of shade. */
const SHADES = 8;

/** How often each class was taken for each: the rows of true classes, with counts and shares of their rows. */
export function confusionTable(
  trueCodes: ArrayLike<number>,
  predictedCodes: ArrayLike<number>,
  classes: readonly string[],
): Markup {
  const counts = confusionMatrix(trueCodes, predictedCodes, classes.length);
  const shares = confusionMatrix(trueCodes, predictedCodes, classes.length, { normalize: "true" });
  const caption = "Confusion matrix: rows are true classes, columns predicted ones, shares are of the row";
  const turned = classes.length > LEVEL_NAMES;
  return scrolling(
    caption,
    markup`<table class="confusion${turned && " turned"}">
<caption>${caption}</caption>
<thead>
<tr><td></td><th scope="colgroup" colspan="${classes.length}" class="over">predicted</th></tr>
<tr><th scope="col" class="text">true</th>${classes.map((text) => markup`<th scope="col"><span>${name(text)}</span></th>`)}</tr>
</thead>
<tbody>
${classes.map(
  (text, row) => markup`<tr><th scope="row" class="text">${name(text)}</th>${counts[row]!.map((rows, column) =>
    cell(rows, shares[row]![column]!, row === column),
  )}</tr>
`,
)}</tbody>
</table>`,
  );
}

function cell(rows: number, part: number, right: boolean): Markup {
  // Of the square root, so that one row in a hundred can be seen.
  const shade = Math.ceil(SHADES * Math.sqrt(part));
  const classes = `${right ? "right" : "wrong"} shade-${shade}`;
  if (rows === 0) return markup`<td class="${right ? "right" : "none"}">${count(0)}</td>`;
  return markup`<td class="${classes}">${count(rows)}<small>${share(part)}</small></td>`;
}
