Reflect.deleteProperty(globalThis, "WebAssembly");
await import("./mlsec.mjs");
