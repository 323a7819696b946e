// Where the build under test lies.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder: the server is started here, so that it finds Leptos.toml. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The site: what the browser loads. */
export const site = join(root, "target", "site");

const target = process.env["CARGO_TARGET_DIR"] ?? join(root, "target");

/**
 * The server that belongs to the site. All profiles share one site folder, so the executable to test is the
 * one whose hash.txt, which lies beside it, names the script that is in that folder.
 */
export function builtServer(): string {
  for (const profile of ["release", "debug"]) {
    const hashes = join(target, profile, "hash.txt");
    if (!existsSync(hashes)) continue;
    const script = /^js: (\S+)$/m.exec(readFileSync(hashes, "utf8"))?.[1];
    if (script && existsSync(join(site, "pkg", `pushpull.${script}.js`))) {
      return join(target, profile, "pushpull");
    }
  }
  throw new Error("Nothing is built to test. Type: cargo leptos build --release --precompress");
}
