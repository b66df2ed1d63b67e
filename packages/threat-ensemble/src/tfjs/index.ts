export { tfjsEngine } from "./engine.js";
export { fromLayersModel } from "./from-layers-model.js";
export { layersModelFiles } from "./layers-model-files.js";
export { toLayersModel } from "./to-layers-model.js";
