// Asks imprint about every package before bun installs it.
//
// bun's Security Scanner API, version 1: `scan` returns advisories; `fatal` stops the install, `warn`
// asks, and stops it where nobody can be asked. Whatever keeps imprint from deciding is thrown, which
// stops the install too: could-not-decide never passes.
//
// BUN_IMPRINT: the program to start, `imprint` by default.
// BUN_IMPRINT_POLICY: a policy file; by default what imprint finds from the project's folder.

import { spawn } from "node:child_process";

const RESULTS = new Set([0, 1, 3]); // clean, refused, not decided
const MOST_BYTES = 256 * 1024 * 1024;

export const scanner = {
  version: "1",

  async scan({ packages }) {
    if (packages.length === 0) return [];
    const audit = await ask(packages.map(({ name, version }) => `${name}@${version}`));
    const asked = new Set(packages.map(({ name, version }) => `${name}@${version}`));
    for (const one of audit.packages) asked.delete(`${one.name}@${one.version}`);
    if (asked.size > 0) {
      throw new Error(`imprint said nothing of ${[...asked].slice(0, 3).join(", ")}`);
    }
    const enforces = audit.summary.mode === "enforce";
    return audit.packages.flatMap((one) => advisoriesOf(one, audit.summary.mode, enforces));
  },
};

function advisoriesOf(one, mode, enforces) {
  if (mode === "observe") return [];
  const told = (level, reason) => ({
    level,
    package: one.name,
    url: null,
    description: `${one.name}@${one.version}: ${reason.code}: ${reason.message}`,
  });
  if (one.verdict === "undecided" && enforces) {
    const why = one.reasons.map((reason) => reason.message).join("; ");
    throw new Error(`imprint could not decide about ${one.name}@${one.version}: ${why}`);
  }
  const blocks = one.verdict === "refused" && enforces ? "fatal" : "warn";
  const found = one.reasons.map((reason) => told(blocks, reason));
  if (one.verdict === "refused" && found.length === 0) {
    found.push(told(blocks, { code: "refused", message: "policy refuses it" }));
  }
  return [...found, ...one.warnings.map((reason) => told("warn", reason))];
}

async function ask(lines) {
  const words = ["audit", "--stdin-packages", "--format", "json"];
  if (process.env.BUN_IMPRINT_POLICY) words.push("--policy", process.env.BUN_IMPRINT_POLICY);
  const { code, out, err } = await run(process.env.BUN_IMPRINT || "imprint", words, lines);
  const why = err.trim().split("\n").slice(-3).join(" ");
  if (!RESULTS.has(code)) throw new Error(`imprint ended with ${code}: ${why}`);
  let audit;
  try {
    audit = JSON.parse(out);
  } catch {
    throw new Error(`imprint answered with no JSON: ${why}`);
  }
  if (audit.schema !== 1 || !Array.isArray(audit.packages) || !audit.summary?.mode) {
    throw new Error(`imprint did not decide: ${audit.error?.message ?? why}`);
  }
  return audit;
}

function run(program, words, lines) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
    const out = [];
    const err = [];
    let size = 0;
    child.on("error", (fault) => reject(new Error(`imprint cannot be started: ${fault.message}`)));
    child.stdout.on("data", (chunk) => {
      size += chunk.length;
      if (size > MOST_BYTES) child.kill();
      else out.push(chunk);
    });
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.on("close", (code) =>
      resolve({
        code,
        out: Buffer.concat(out).toString("utf8"),
        err: Buffer.concat(err).toString("utf8"),
      }),
    );
    // A child that ended early has closed its input; how it ended says why.
    child.stdin.on("error", () => {});
    child.stdin.end(`${lines.join("\n")}\n`);
  });
}
