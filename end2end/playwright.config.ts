import { defineConfig } from "@playwright/test";
import { builtServer, root } from "./build";
import { findChromium } from "./chromium.mjs";
import { ARGUMENTS, LISTENS } from "./server";

// Found once; the worker processes inherit it.
const chromium = findChromium();
if (!chromium) throw new Error("No Chromium was found. `make test` installs one; PLAYWRIGHT_CHROMIUM names another.");
process.env["PLAYWRIGHT_CHROMIUM"] = chromium;

const quoted = (words: string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  reporter: "list",
  forbidOnly: Boolean(process.env["CI"]),
  // Latency is measured here: two browsers at a time would measure each other, and a retry would hide a fault.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    // The port that the server below has said it listens on.
    baseURL: `http://127.0.0.1:${process.env["PUSHPULL_PORT"] ?? ""}`,
    locale: "en-US",
    viewport: { width: 1280, height: 800 },
    // Without the trace's pictures: taking them doubles the latencies that the page measures.
    trace: { mode: "retain-on-failure", screenshots: false },
    launchOptions: { executablePath: chromium },
  },
  projects: [{ name: "chromium", use: { browserName: "chromium" } }],
  // Always a server of its own on a free port: whatever runs on port 3000, `cargo leptos watch` or the server
  // that `cargo leptos end-to-end` starts beside this, is neither disturbed nor tested by mistake.
  webServer: {
    command: `exec ${quoted([builtServer(), ...ARGUMENTS, "--test-knobs"])}`,
    cwd: root,
    env: { RUST_LOG: "warn" },
    wait: { stdout: LISTENS },
    timeout: 20_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
    stdout: "ignore",
    stderr: "pipe",
  },
});
