import { defineConfig, type Plugin, type UserConfig } from "vite";

/** What the built page may load and where it may connect to: its own files, and nowhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * Writes the policy into the built page, so that "nothing is uploaded" holds wherever it is served from. Vite's own
 * development server needs a connection to the page and inline styles, so it goes without.
 */
const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
      injectTo: "head-prepend",
    },
  ],
};

const config: UserConfig = defineConfig({
  // Relative addresses: the built page works from any folder of any server.
  base: "./",
  plugins: [contentSecurityPolicy],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // No data: addresses, and no script within the page: a strict policy allows neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

export default config;
