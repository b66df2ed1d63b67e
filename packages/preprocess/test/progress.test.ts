import { Breather, throwIfAborted } from "@mlsec/preprocess";
import { expect, test } from "vitest";
import { errorOf, rejectionOf } from "./support.js";

test("a triggered signal is an error of code aborted that carries the reason", () => {
  const reason = new Error("enough");
  expect(errorOf(() => throwIfAborted(AbortSignal.abort(reason)))).toMatchObject({ code: "aborted", cause: reason });
  expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
  expect(() => throwIfAborted(undefined)).not.toThrow();
});

test("a breather is due once its time is over, lets timers run, and notices an abort that they trigger", async () => {
  const controller = new AbortController();
  const breather = new Breather(controller.signal, 5);
  expect(breather.due()).toBe(false);
  for (const start = performance.now(); performance.now() - start < 6; );
  expect(breather.due()).toBe(true);
  await breather.pause();
  expect(breather.due()).toBe(false);
  setTimeout(() => controller.abort(), 0);
  expect((await rejectionOf(breather.pause())).code).toBe("aborted");
});
