// Benchmarks: the same server and browser as the tests, but numbers to look at instead of verdicts. No trace is kept:
// its pictures of the page cost more than what is measured.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

export default defineConfig(tests, { testDir: "bench", timeout: 180_000, use: { trace: "off" } });
