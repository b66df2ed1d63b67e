import { describe, expect, it } from "vitest";
import { checkFlowProfile, loadBundle, modelCard, saveBundle } from "../src/index.js";
import { attackPipeline } from "./pipelines.js";

describe("checkFlowProfile", () => {
  it("is content with the profile of the training rows, which a bundle keeps", async () => {
    const { provenance, ...pipeline } = await attackPipeline();
    const metered = { ...pipeline, provenance: { ...provenance, flowProfile: "cic2017" } };
    const loaded = await loadBundle(await saveBundle(metered));
    expect(checkFlowProfile(loaded.pipeline, "cic2017")).toEqual([]);
    expect(modelCard(loaded)).toContain("| features of traffic by | cic2017 |");
    expect(checkFlowProfile(loaded.pipeline, "cic-fixed")).toMatchObject([
      { severity: "error", check: "flow-profile", message: expect.stringContaining('under "cic2017"') },
    ]);
  });

  it("warns where the model does not know its own", async () => {
    const loaded = await loadBundle(await saveBundle(await attackPipeline()));
    expect(loaded.pipeline.provenance.flowProfile).toBeNull();
    expect(checkFlowProfile(loaded.pipeline, "kdd")).toMatchObject([{ severity: "warning", check: "flow-profile" }]);
  });
});
