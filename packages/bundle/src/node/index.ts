export { ActiveModel, type WatchOptions } from "./active-model.js";
export { writeFileAtomic } from "./atomic-file.js";
export { loadBundleFile, loadDetectorFile, readBundleFile, saveBundleFile } from "./bundle-file.js";
export {
  type ChangeOptions,
  type InstalledModel,
  type InstallOptions,
  type ModelRecord,
  type ModelReference,
  ModelStore,
  type StoreStats,
} from "./model-store.js";
export type { HistoryEntry, StoreState } from "./state-log.js";
