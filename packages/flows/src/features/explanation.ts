/** How the same feature comes out of other meters, or out of other builds of the same. */
export interface FeatureDifference {
  /**
   * `cic2017`: the meter of CIC-IDS2017; `cic-v4`: CICFlowMeter 4; `cic-improved` and `cic-fixed`: the corrected fork, as it
   * made the improved datasets and as of 2024; `kdd99-extractor`
   * (https://github.com/AI-IDS/kdd99_feature_extractor) and `gure-kdd` (https://github.com/inigoperona/tcpdump2gureKDDCup99):
   * public re-implementations of the features of KDD'99.
   */
  readonly profile: "cic2017" | "cic-v4" | "cic-improved" | "cic-fixed" | "kdd99-extractor" | "gure-kdd";
  readonly text: string;
}

/** What a feature is, as data. */
export interface FeatureExplanation {
  /** Its name in the dataset that it is known from; of CIC's features without the outer spaces that some have there. */
  readonly name: string;
  /** `kdd`: of a connection, as in KDD'99 and NSL-KDD; `cic`: of a flow, as in CIC-IDS2017 and its successors. */
  readonly family: "kdd" | "cic";
  /** All spellings in circulation, `name` first. */
  readonly names: readonly string[];
  /** What it is, in a phrase. */
  readonly meaning: string;
  /** What it counts or measures; null for shares, ratios, ports and names. */
  readonly unit: string | null;
  /** How `@mlsec/flows` works it out: of KDD's always, of CIC's under the profile `cic-fixed`. */
  readonly formula: string;
  /**
   * What it takes: `headers`, the headers of packets or a log of connections; `packets`, headers of packets that logs do not
   * tell of; `content`, what was said, which is not read (the feature is 0); `none`, since it is 0 on every row of the data.
   */
  readonly from: "headers" | "packets" | "content" | "none";
  readonly differences: readonly FeatureDifference[];
}
