/**
 * How a program of dist/ starts (tools/build.ts puts this before each). Its code as V8 has compiled it is kept from the first call of
 * each command, with all functions that were run: Node's own compile cache keeps only what runs at load, and a play takes 20 ms more.
 */
'use strict';
const PROGRAM = '@PROGRAM@';
const BUILD = '@BUILD@';
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `podstead: Node.js ${process.versions.node} is too old\n  fix: npm ci in podstead's directory, or install Node.js 24 or newer\n`,
  );
  process.exitCode = 1;
} else {
  load();
}

function load() {
  const fs = process.getBuiltinModule('node:fs');
  const vm = process.getBuiltinModule('node:vm');
  const filename = `${__dirname}/lib/${PROGRAM}-${BUILD}.js`;
  const cache = cacheFile();
  let cachedData;
  try {
    cachedData = cache && fs.readFileSync(cache.file);
  } catch {}
  const script = new vm.Script(fs.readFileSync(filename, 'latin1'), { filename, cachedData });
  if (cache && (!cachedData || script.cachedDataRejected)) {
    // what failed may have run little of it
    process.on('exit', (code) => code === 0 && keep(fs, cache, script));
  }
  script.runInThisContext()(process.getBuiltinModule, __dirname, { exports: {} });
}

/** In a directory that is the caller's own (bin/podstead sees to that), for V8 believes what stands there. */
function cacheFile() {
  const directory = process.env.PODSTEAD_CACHE;
  const words = process.argv.slice(2);
  if (!directory || words.includes('--help') || words.includes('-h')) return undefined;
  const command = /^[a-z-]+$/.test(words[0] || '') ? words[0] : 'other';
  const begin = PROGRAM === 'podstead' ? `${PROGRAM}.${command}.` : `${PROGRAM}.`;
  return { directory, begin, file: `${directory}/${begin}${BUILD}-${process.version}-${process.arch}` };
}

function keep(fs, { directory, begin, file }, script) {
  try {
    const data = script.createCachedData();
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const temporary = `${directory}/.${process.pid}.new`;
    // V8 does not notice half a file: it has to be on disk before it has its name
    fs.writeFileSync(temporary, data, { mode: 0o600, flush: true });
    for (const name of fs.readdirSync(directory)) if (name.startsWith(begin)) fs.rmSync(`${directory}/${name}`, { force: true });
    fs.renameSync(temporary, file);
  } catch {
    // it is only slower without
  }
}
