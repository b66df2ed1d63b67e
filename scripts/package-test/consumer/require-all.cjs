// Requires every entry point named on the command line, and imports it too: both must lead to the same exports, or an
// error of one would not be an instance of the other's class.
async function main() {
  for (const entry of process.argv.slice(2)) {
    const required = require(entry);
    const imported = await import(entry);
    const names = Object.keys(imported);
    if (names.length === 0) throw new Error(`${entry} exports nothing.`);
    for (const name of names) {
      if (required[name] !== imported[name]) throw new Error(`${entry}: ${name} differs when it is required.`);
    }
  }
}

main();
