/** Makes dist/ from src/: three programs that share their chunks, and the shell scripts of the host layer. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build, type OutputFile, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const programs = {
  podstead: 'src/cli/main.ts',
  engine: 'src/engine/main.ts',
  prober: 'src/kubelet/probes/prober.ts',
};

/** A bundled CommonJS package (execa brings one) asks for Node's own modules by `require`; esbuild's answer to that stands in one chunk. */
const requireShim = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);\n";
const needsRequire = (text: string): boolean => text.includes('Dynamic require of');

/** Modules that are slow to load and seldom needed: they are loaded at the first call of one of their functions. */
const LATE = new Set(['node:crypto']);

/**
 * Node's own modules without the cost of `import`: that reads every export, and so loads what some of them lead to (all of fetch for
 * node:http, 25 ms). Here an export is read only if somebody imports it.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    // commander starts programs for subcommands; ours never are programs
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /\/commander\//.test(importer) ? { path: 'nothing', namespace: 'builtin', sideEffects: false } : undefined,
    );
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: path === 'nothing' ? 'export default {};' : builtinModule(path),
    }));
  },
};

function builtinModule(path: string): string {
  const load = `process.getBuiltinModule(${JSON.stringify(path)})`;
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== 'default' && /^\w+$/.test(name));
  const exports = names.map((name) =>
    LATE.has(path)
      ? `export const ${name} = (...args) => ${load}.${name}(...args);`
      : `export const ${name} = /* @__PURE__ */ __read(${JSON.stringify(name)});`,
  );
  return ['const __read = (name) => __all[name];', `const __all = /* @__PURE__ */ ${load};`, ...exports, 'export default __all;'].join(
    '\n',
  );
}

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };

async function bundle(): Promise<OutputFile[]> {
  const present = Object.entries(programs).filter(([, file]) => existsSync(join(root, file)));
  for (const [name, file] of Object.entries(programs))
    if (!existsSync(join(root, file))) console.error(`build: no ${name}: ${file} is missing`);
  const result = await build({
    absWorkingDir: root,
    entryPoints: present.map(([name, file]) => ({ in: file, out: name })),
    outdir: dist,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    define: { PODSTEAD_VERSION: JSON.stringify(version) },
    plugins: [builtins],
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  return result.outputFiles;
}

/** Chunks first, then the programs, each by rename: a podstead that is started meanwhile sees a whole one, old or new. */
async function writeAll(files: readonly OutputFile[]): Promise<void> {
  await mkdir(join(dist, 'chunks'), { recursive: true });
  const chunks = files.filter((file) => dirname(file.path) !== dist);
  const entries = files.filter((file) => dirname(file.path) === dist);
  for (const group of [chunks, entries]) {
    await Promise.all(
      group.map(async (file) => {
        await writeFile(`${file.path}.new`, needsRequire(file.text) ? requireShim + file.text : file.contents);
        await rename(`${file.path}.new`, file.path);
      }),
    );
  }
  const wanted = new Set(chunks.map((file) => basename(file.path)));
  const stale = (await readdir(join(dist, 'chunks'))).filter((name) => !wanted.has(name));
  await Promise.all(stale.map((name) => rm(join(dist, 'chunks', name))));
}

async function copyScripts(): Promise<void> {
  const from = join(root, 'src/host/scripts');
  if (existsSync(from)) await cp(from, join(dist, 'scripts'), { recursive: true, preserveTimestamps: true });
}

await writeAll(await bundle());
await copyScripts();
