// A server whose wall clock a test can step, as a time service may do to a machine in the middle of a run.
import { execFileSync } from "node:child_process";
import { mkdirSync, openSync, closeSync, writeSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build";

export class WallClock {
  private readonly step: string;
  /** The environment of the server that is to have this clock. */
  readonly env: Record<string, string>;

  constructor(name: string) {
    const folder = join(root, "target", "preload");
    mkdirSync(folder, { recursive: true });
    const library = join(folder, `wall_clock-${name}.so`);
    // The compiler that Rust itself links with.
    const source = join(root, "tests", "preload", "wall_clock.c");
    execFileSync("cc", ["-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
    this.step = join(folder, `wall_clock_step-${name}`);
    closeSync(openSync(this.step, "a"));
    this.ahead(0);
    this.env = { LD_PRELOAD: library, WALL_CLOCK_STEP: this.step };
  }

  /** Puts the wall clock so many milliseconds ahead of the machine's. */
  ahead(ms: number): void {
    const ns = Buffer.alloc(8);
    ns.writeBigInt64LE(BigInt(ms) * 1_000_000n);
    // In place: the process has mapped this very file.
    const file = openSync(this.step, "r+");
    writeSync(file, ns, 0, 8, 0);
    closeSync(file);
  }
}
