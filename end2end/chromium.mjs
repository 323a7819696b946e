// Which Chromium the tests drive. One place for it: Playwright's configuration asks here, and so does
// scripts/chromium.sh, which runs this file to learn whether one has to be installed.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";

const INSTALLED = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);

/**
 * Whether the program starts at all: a distribution may put a stub there that only names a package, and a
 * downloaded browser may lack system libraries.
 * @param {string} program
 */
function starts(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

/**
 * The Chromium to use: the one that PLAYWRIGHT_CHROMIUM names, else an installed one, else Playwright's own.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env["PLAYWRIGHT_CHROMIUM"];
  if (named) return starts(named) ? named : undefined;
  // Playwright wants a path, so each name is looked for in the folders of PATH; an absolute one stays as it is.
  const paths = INSTALLED.flatMap((name) => folders.map((folder) => resolve(folder, name)));
  return [...new Set(paths), chromium.executablePath()].find((path) => existsSync(path) && starts(path));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = findChromium();
  if (!found) process.exit(1);
  console.log(found);
}
