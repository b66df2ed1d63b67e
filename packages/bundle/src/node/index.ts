export { writeFileAtomic } from "./atomic-file.js";
export { loadBundleFile, loadDetectorFile, readBundleFile, saveBundleFile } from "./bundle-file.js";
export { type InstalledModel, type InstallOptions, ModelStore, type StoreState } from "./model-store.js";
