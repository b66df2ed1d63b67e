// The built page on a loopback address, under the policy that a careful site would send.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const STRICT_POLICY = "default-src 'self'";
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * Serves the files of a folder under a content-security policy; `isolated` pages may share memory with workers. Gives the address, every request that came (`method`, `path`, `status`, `bytes` of its
 * body), and `close`.
 */
export async function serveFolder(folder, policy = STRICT_POLICY, { isolated = false } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = normalize(join(folder, pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    const type = TYPES[extname(path)];
    const isInside = path.startsWith(folder + sep);
    const content = isInside && type !== undefined ? await readFile(path).catch(() => null) : null;
    const status = content === null ? 404 : 200;
    let bytes = 0;
    for await (const piece of request) bytes += piece.length;
    requests.push({ method: request.method, path: pathname, status, bytes });
    response.writeHead(status, {
      "Content-Type": content === null ? "text/plain" : type,
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-store",
      ...(isolated ? ISOLATION : {}),
    });
    response.end(content ?? "There is no such file.");
  });
  await new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
