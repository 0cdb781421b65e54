/** Makes dist/ from src/: three programs, each one file and what loads it, and the shell scripts of the host layer. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type OutputFile, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const programs = {
  podstead: 'src/cli/main.ts',
  engine: 'src/engine/main.ts',
  prober: 'src/kubelet/probes/prober.ts',
};

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
    bundle: true,
    // One file a program: what is imported late is run late all the same, and each file more costs Node half a millisecond to find
    splitting: false,
    // It is read at every start. Names stay for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    define: { PODSTEAD_VERSION: JSON.stringify(version), 'import.meta.dirname': '__dirname', 'import.meta.main': 'true' },
    plugins: [builtins],
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  return result.outputFiles;
}

/** Text of one byte a character is read, kept and compiled faster; esbuild leaves others in regular expressions. */
const ascii = (text: string): string => text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Bodies first, then what loads them, each by rename: a podstead that is started meanwhile sees a whole one, old or new. */
async function writeAll(files: readonly OutputFile[]): Promise<void> {
  const lib = join(dist, 'lib');
  await mkdir(lib, { recursive: true });
  const loader = await readFile(join(root, 'src/host/scripts/load.cjs'), 'utf8');
  const written = files.map(({ path, text }) => {
    const program = basename(path, '.js');
    const body = `(function (require, __dirname, module) {${ascii(text)}\n})`;
    const build = createHash('sha256').update(body).digest('hex').slice(0, 12);
    return { program, body, build, file: `${program}-${build}.js` };
  });
  for (const { file, body } of written) await replace(join(lib, file), body);
  await replace(join(dist, 'package.json'), '{"type":"commonjs"}\n');
  for (const { program, build } of written) {
    await replace(join(dist, `${program}.js`), loader.replace('@PROGRAM@', program).replace('@BUILD@', build));
  }
  const stale = (await readdir(lib)).filter((name) => !written.some(({ file }) => file === name));
  await Promise.all(stale.map((name) => rm(join(lib, name))));
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function copyScripts(): Promise<void> {
  const from = join(root, 'src/host/scripts');
  if (existsSync(from)) await cp(from, join(dist, 'scripts'), { recursive: true, preserveTimestamps: true });
}

await writeAll(await bundle());
await copyScripts();
