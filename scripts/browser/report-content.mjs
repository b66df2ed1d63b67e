/** A small report with every kind of plot: the same wherever it is asked for. */
export function reportContent() {
  const rows = Array.from({ length: 600 }, (_, row) => (row * 7919) % 600);
  const isPositive = rows.map((value) => (value % 5 < 2 ? 1 : 0));
  const scores = rows.map((value, row) => ((value % 97) / 97 + isPositive[row] * 0.8) / 1.8);
  const codes = Int32Array.from(rows, (value) => value % 3);
  const probabilities = Float64Array.from({ length: 1800 }, (_, at) => {
    const own = at % 3 === codes[Math.floor(at / 3)];
    return own ? 0.4 + (at % 7) / 20 : (0.6 - ((at - (at % 3)) % 7) / 20) / 2;
  });
  return {
    title: "A report <of> “both” kinds",
    detector: {
      isPositive,
      scores,
      threshold: { value: 0.4, chosenBy: "given" },
      types: rows.map((value) => `type ${value % 4}`),
    },
    classifier: {
      labels: { codes, classes: ["BENIGN", "DDoS", "Bot"] },
      predicted: codes.map((code, row) => (row % 9 === 0 ? 0 : code)),
      probabilities,
    },
    importances: {
      measure: "made up",
      features: rows.slice(0, 20).map((value) => ({ feature: ` f${value}`, importance: value / 600 })),
    },
    training: [
      {
        name: "ANN",
        epochs: rows.slice(0, 20).map((_, at) => ({ epoch: at + 1, loss: 1 / (at + 1), validationLoss: 1 / (at + 2) })),
        bestEpoch: 20,
      },
    ],
    facts: [{ title: "Model", facts: [{ name: "rows", value: 600 }] }],
  };
}
