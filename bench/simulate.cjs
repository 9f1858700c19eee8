// Asks @cloud-copilot/iam-simulate each of the simulations that come as JSON on standard input, and writes the seconds of
// processor time that it took, and how many of them it allows.
const { runSimulation } = require("@cloud-copilot/iam-simulate");

async function main() {
  const simulations = JSON.parse(require("fs").readFileSync(0, "utf8"));
  for (const each of simulations.slice(0, 50)) await runSimulation(each, {}); // its data is read by then
  const began = process.cpuUsage();
  let allowed = 0;
  for (const each of simulations) {
    const { overallResult, errors } = await runSimulation(each, {});
    if (errors) throw new Error(JSON.stringify(errors));
    allowed += overallResult === "Allowed";
  }
  const { user, system } = process.cpuUsage(began);
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, allowed }));
}

main();
