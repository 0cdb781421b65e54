/** The program. Its first words must be understood by any Node, to say which one is needed. */
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `podstead: Node.js ${process.versions.node} is too old\n  fix: npm ci in podstead's directory, or install Node.js 24 or newer\n`,
  );
  process.exitCode = 1;
} else {
  const { main } = await import('./run.ts');
  await main(process.argv.slice(2));
}

export {};
